"""Lists of numbers and words: sorting, extremes, averages, sums."""

from .draw import Draw
from .phrasing import asked, listed
from .question import Question, one_call


def numbers(draw: Draw, most: int = 9) -> list[int]:
    """A few whole numbers, drawn from small or larger ones, seldom negative."""
    high, low = draw.choice((9, 99, 99, 999, 99999)), 0
    if draw.chance(0.1):
        low = -high
    return [draw.integer(low, high) for _ in range(draw.random.randint(2, most))]


def _about_list(draw: Draw, code: str, nouns: tuple[str, ...], sentences: tuple[str, ...], most: int = 9) -> Question:
    items = numbers(draw, most)
    spelled = listed(draw, items)
    text = asked(draw, [line.format(spelled) for line in sentences], [noun.format(spelled) for noun in nouns])
    return one_call(text, code.format(items))


def sort_numbers(draw: Draw) -> Question:
    sentences = (
        "Sort {}.",
        "Sort the numbers {}.",
        "Put {} in order.",
        "Sort these numbers: {}.",
        "Order the numbers {} from smallest to largest.",
        "Arrange {} in ascending order.",
        "Can you sort {}?",
        "Sort the list {}.",
    )
    return _about_list(draw, "print(sorted({}))", (), sentences, 8)


def sort_descending(draw: Draw) -> Question:
    sentences = (
        "Sort {} in descending order.",
        "Sort the numbers {} from largest to smallest.",
        "Sort {} in reverse order.",
        "Put {} in descending order.",
        "Order the numbers {} from largest to smallest.",
        "Arrange {} in descending order.",
    )
    return _about_list(draw, "print(sorted({}, reverse=True))", (), sentences, 8)


def maximum(draw: Draw) -> Question:
    nouns = (
        "the largest of {}",
        "the maximum of {}",
        "the biggest of the numbers {}",
        "the largest number in {}",
        "the max of {}",
        "max of {}",
        "the greatest of {}",
    )
    return _about_list(
        draw,
        "print(max({}))",
        nouns,
        ("Which of {} is the largest?", "Which number is the biggest: {}?", "Find the largest number in {}."),
    )


def minimum(draw: Draw) -> Question:
    nouns = (
        "the smallest of {}",
        "the minimum of {}",
        "the smallest of the numbers {}",
        "the smallest number in {}",
        "the min of {}",
        "min of {}",
        "the lowest of {}",
    )
    return _about_list(
        draw,
        "print(min({}))",
        nouns,
        ("Which of {} is the smallest?", "Which number is the smallest: {}?", "Find the smallest number in {}."),
    )


def mean(draw: Draw) -> Question:
    nouns = (
        "the mean of {}",
        "the average of {}",
        "the average of the numbers {}",
        "the arithmetic mean of {}",
        "the mean of the numbers {}",
    )
    return _about_list(
        draw,
        "numbers = {}\nprint(sum(numbers) / len(numbers))",
        nouns,
        ("Average {}.", "Find the average of {}.", "Find the mean of {}."),
    )


def median(draw: Draw) -> Question:
    nouns = ("the median of {}", "the median of the numbers {}", "the median of the list {}", "the median value of {}")
    return _about_list(
        draw,
        "import statistics\nprint(statistics.median({}))",
        nouns,
        ("Find the median of {}.", "What's the median for {}?"),
    )


def list_sum(draw: Draw) -> Question:
    nouns = ("the sum of the numbers {}", "the total of {}", "the sum of the list {}", "the sum of {}")
    return _about_list(
        draw,
        "print(sum({}))",
        nouns,
        ("Add up {}.", "Sum the numbers {}.", "Add all of these: {}.", "Add the numbers {}.", "Total {}."),
    )


def sort_words(draw: Draw) -> Question:
    words = [draw.word().lower() for _ in range(draw.random.randint(2, 5))]
    spelled = listed(draw, words)
    sentences = (
        f"Sort the words {spelled}.",
        f"Sort {spelled} alphabetically.",
        f"Put {spelled} in alphabetical order.",
        f"Sort these words: {spelled}.",
        f"Order the words {spelled} alphabetically.",
    )
    return one_call(asked(draw, sentences), f"print(sorted({words}))")


def longest_word(draw: Draw) -> Question:
    words = [draw.word().lower() for _ in range(draw.random.randint(2, 5))]
    spelled = listed(draw, words)
    name, function = draw.choice((("longest", "max"), ("shortest", "min")))
    sentences = (
        f"Which word is the {name}: {spelled}?",
        f"Which of the words {spelled} is the {name}?",
        f"Find the {name} of the words {spelled}.",
        f"What is the {name} word in {spelled}?",
    )
    return one_call(asked(draw, sentences), f"print({function}({words}, key=len))")


FAMILIES = {
    family.__name__: family
    for family in (sort_numbers, sort_descending, maximum, minimum, mean, median, list_sum, sort_words, longest_word)
}
