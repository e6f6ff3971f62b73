"""Answers in several calls, where a later call uses a variable that an earlier one defined."""

from .draw import Draw
from .lists import numbers
from .number_theory import ordinal
from .phrasing import asked, listed, quoted
from .question import FIRST_WORDS, Question, Step, two_calls


def _link(name: str) -> str:
    return f"I still have {name}, so I go on."


def factorial_digits(draw: Draw) -> Question:
    n = draw.uniform(2, draw.choice((39, 39, 99)))
    first = f"import math\nn = math.factorial({n})\nprint(n)"
    if draw.chance(0.5):
        sentences = (
            f"Compute the factorial of {n}, then the sum of its digits.",
            f"What is {n}! and what is its digit sum?",
            f"Calculate {n}! and add up its digits.",
            f"Find the factorial of {n} and then the sum of its digits.",
        )
        return two_calls(asked(draw, sentences), first, _link("n"), "print(sum(int(d) for d in str(n)))")
    sentences = (
        f"Compute the factorial of {n}, then count its digits.",
        f"What is {n}! and how many digits does it have?",
        f"Calculate {n}! and tell me how many digits it has.",
        f"Find the factorial of {n} and then the number of its digits.",
    )
    return two_calls(asked(draw, sentences), first, _link("n"), "print(len(str(n)))")


def power_digits(draw: Draw) -> Question:
    base, exponent = draw.integer(2, 999), draw.uniform(2, draw.choice((15, 40, 150)))
    first = f"n = {base} ** {exponent}\nprint(n)"
    power = draw.choice((f"{base} to the power of {exponent}", f"{base}^{exponent}", f"{base} ** {exponent}"))
    if draw.chance(0.5):
        sentences = (
            f"Compute {power}, then count its digits.",
            f"What is {power}, and how many digits does it have?",
            f"Calculate {power} and then the number of its digits.",
        )
        return two_calls(asked(draw, sentences), first, _link("n"), "print(len(str(n)))")
    sentences = (
        f"Compute {power}, then the sum of its digits.",
        f"What is {power}, and what is its digit sum?",
        f"Calculate {power} and add up its digits.",
    )
    return two_calls(asked(draw, sentences), first, _link("n"), "print(sum(int(d) for d in str(n)))")


def sorted_pick(draw: Draw) -> Question:
    items = numbers(draw, 8)
    spelled = listed(draw, items)
    name, index = draw.choice(
        (
            ("first", "0"),
            ("smallest", "0"),
            ("last", "-1"),
            ("largest", "-1"),
            ("second smallest", "1"),
            ("second largest", "-2"),
        )
    )
    sentences = (
        f"Sort {spelled} and give me the {name} one.",
        f"Sort the numbers {spelled}, then tell me the {name} one.",
        f"Sort {spelled}. Which one is the {name}?",
        f"Put {spelled} in order and then find the {name} number.",
    )
    return two_calls(
        asked(draw, sentences),
        f"numbers = sorted({items})\nprint(numbers)",
        _link("numbers"),
        f"print(numbers[{index}])",
    )


def listed_primes(draw: Draw) -> Question:
    n = draw.uniform(4, 199)
    name, expression = draw.choice((("sum", "sum(primes)"), ("number", "len(primes)"), ("largest", "max(primes)")))
    ending = {"sum": "add them up", "number": "count them", "largest": "tell me the largest"}[name]
    sentences = (
        f"List the primes below {n} and {ending}.",
        f"List all primes below {n}, then {ending}.",
        f"Find the prime numbers less than {n} and then {ending}.",
        f"Which primes are below {n}? Then {ending}.",
    )
    first = f"primes = [n for n in range(2, {n}) if all(n % d for d in range(2, n))]\nprint(primes)"
    return two_calls(asked(draw, sentences), first, _link("primes"), f"print({expression})")


def reversed_word(draw: Draw) -> Question:
    word = draw.word()
    spelled = quoted(draw, word)
    ending, expression = draw.choice(
        (
            ("write it in capital letters", "word.upper()"),
            ("count its letters", "len(word)"),
            ("give me its first letter", "word[0]"),
            ("write it twice", "word * 2"),
        )
    )
    sentences = (
        f"Reverse the word {spelled} and {ending}.",
        f"Reverse {spelled}, then {ending}.",
        f"Spell {spelled} backwards and then {ending}.",
        f"Turn {spelled} around and then {ending}.",
    )
    return two_calls(
        asked(draw, sentences), f"word = '{word}'[::-1]\nprint(word)", _link("word"), f"print({expression})"
    )


def binary_ones(draw: Draw) -> Question:
    n = draw.integer(1, 10**8)
    name, digit = draw.choice((("ones", "1"), ("zeros", "0")))
    sentences = (
        f"Convert {n} to binary and count the {name}.",
        f"Write {n} in binary, then count the {name}.",
        f"What is {n} in binary, and how many {name} does it have?",
        f"How many {name} are there in {n} written in binary?",
    )
    return two_calls(
        asked(draw, sentences), f"bits = bin({n})[2:]\nprint(bits)", _link("bits"), f"print(bits.count('{digit}'))"
    )


def fibonacci_remainder(draw: Draw) -> Question:
    n, m = draw.uniform(2, 120), draw.integer(2, 999)
    sentences = (
        f"Compute the {ordinal(n)} Fibonacci number and then its remainder when divided by {m}.",
        f"What is the {ordinal(n)} Fibonacci number modulo {m}?",
        f"Find the {ordinal(n)} fibonacci number, then take it mod {m}.",
    )
    first = f"a, b = 0, 1\nfor _ in range({n}):\n    a, b = b, a + b\nprint(a)"
    return two_calls(asked(draw, sentences), first, _link("a"), f"print(a % {m})")


def chain(draw: Draw) -> Question:
    """Two or three operations, each on the result of the one before."""
    a, b = draw.integer(0, 9999), draw.integer(1, 9999)
    sign, opening = draw.choice(
        (
            ("+", f"Add {b} to {a}"),
            ("*", f"Multiply {a} by {b}"),
            ("-", f"Subtract {b} from {a}"),
            ("+", f"Start with {a} and add {b}"),
            ("+", f"Compute {a} + {b}"),
            ("*", f"Compute {a} * {b}"),
            ("-", f"Compute {a} - {b}"),
        )
    )
    steps, clauses = [Step(FIRST_WORDS, f"result = {a} {sign} {b}\nprint(result)")], [opening]
    for _ in range(draw.choice((1, 1, 1, 2))):
        c = draw.integer(2, 999)
        sign, clause = draw.choice(
            (
                ("+", f"add {c}"),
                ("-", f"subtract {c}"),
                ("*", f"multiply the result by {c}"),
                ("*", f"multiply that by {c}"),
                ("//", f"divide that by {c} without remainder"),
                ("**", "square it"),
            )
        )
        right = "2" if sign == "**" else str(c)
        steps.append(Step(_link("result"), f"result = result {sign} {right}\nprint(result)"))
        clauses.append(clause)
    text = ", then ".join(clauses) if draw.chance(0.7) else " and then ".join(clauses)
    return Question(asked(draw, (f"{text}.", f"{text}. What do I get?")), tuple(steps))


FAMILIES = {
    f"two_calls_{family.__name__}": family
    for family in (
        factorial_digits,
        power_digits,
        sorted_pick,
        listed_primes,
        reversed_word,
        binary_ones,
        fibonacci_remainder,
        chain,
    )
}
