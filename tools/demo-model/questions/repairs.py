"""Answers whose first attempt raises: the model reads the traceback and repairs its code."""

from .draw import Draw
from .number_theory import ordinal
from .phrasing import asked, listed, quoted
from .question import Question, repair


def missing_import(draw: Draw) -> Question:
    a, b = draw.integer(1, 9999), draw.integer(1, 9999)
    nouns = (
        f"the hypotenuse of a right triangle with sides {a} and {b}",
        f"the hypotenuse of a triangle with legs {a} and {b}",
        f"the long side of a right triangle with sides {a} and {b}",
    )
    sentences = (
        f"A right triangle has sides {a} and {b}. How long is the hypotenuse?",
        f"How long is the hypotenuse for legs {a} and {b}?",
    )
    code = f"print(math.hypot({a}, {b}))"
    return repair(
        asked(draw, sentences, nouns),
        code,
        "That raised a NameError: math is not imported. I import it.",
        f"import math\n{code}",
    )


def missing_circle_import(draw: Draw) -> Question:
    radius = draw.integer(1, 99999)
    name, formula = draw.choice((("area", f"math.pi * {radius} ** 2"), ("circumference", f"2 * math.pi * {radius}")))
    nouns = (
        f"the {name} of a circle with radius {radius}",
        f"the {name} of a circle of radius {radius}",
        f"the {name} of a circle whose radius is {radius}",
    )
    code = f"print({formula})"
    return repair(
        asked(draw, (f"A circle has radius {radius}. What is its {name}?",), nouns),
        code,
        "That raised a NameError: math is not imported. I import it.",
        f"import math\n{code}",
    )


def number_as_text(draw: Draw) -> Question:
    """`len` of a number."""
    n = draw.integer(10, 10 ** draw.choice((6, 15, 30)))
    nouns = (f"the number of digits of {n}", f"the number of digits in {n}", f"the digit count of {n}")
    sentences = (f"How many digits does {n} have?", f"How many digits are in {n}?", f"Count the digits of {n}.")
    return repair(
        asked(draw, sentences, nouns),
        f"n = {n}\nprint(len(n))",
        "That raised a TypeError: an int has no length. I make it a string.",
        "print(len(str(n)))",
    )


def digit_of_number(draw: Draw) -> Question:
    """`count` of a number."""
    n = draw.integer(10, 10 ** draw.choice((6, 15, 30)))
    digit = draw.choice(str(n)) if draw.chance(0.8) else draw.choice("0123456789")
    sentences = (
        f"How many {digit}s are in {n}?",
        f"How many times does the digit {digit} occur in {n}?",
        f"How often does the digit {digit} appear in {n}?",
        f"Count the digit {digit} in {n}.",
    )
    return repair(
        asked(draw, sentences),
        f"n = {n}\nprint(n.count('{digit}'))",
        "That raised an AttributeError: an int has no count. I make it a string.",
        f"print(str(n).count('{digit}'))",
    )


def numbers_in_text(draw: Draw) -> Question:
    """`sum` of strings."""
    text = " ".join(str(draw.integer(0, 9999)) for _ in range(draw.random.randint(2, 7)))
    mark = draw.choice("'\"")
    spelled = f"{mark}{text}{mark}"
    nouns = (f"the sum of the numbers in the text {spelled}", f"the total of the numbers in the string {spelled}")
    sentences = (
        f"Add up the numbers in the text {spelled}.",
        f"Add the numbers in the string {spelled}.",
        f"Sum the numbers in the text {spelled}.",
    )
    return repair(
        asked(draw, sentences, nouns),
        f"items = '{text}'.split()\nprint(sum(items))",
        "That raised a TypeError: the items are strings. I turn them into numbers.",
        "print(sum(int(item) for item in items))",
    )


def last_by_position(draw: Draw) -> Question:
    """An index that is one too high."""
    items = [draw.integer(0, 999) for _ in range(draw.random.randint(3, 8))]
    spelled, place = listed(draw, items), ordinal(len(items))
    nouns = (
        f"the {place} number in {spelled}",
        f"the {place} item of the list {spelled}",
        f"the {place} element of {spelled}",
        f"number {len(items)} in the list {spelled}",
    )
    first = f"items = {items}\nprint(items[{len(items)}])"
    return repair(
        asked(draw, (f"Which is the {place} number in {spelled}?", f"Take the {place} item of {spelled}."), nouns),
        first,
        "That raised an IndexError: counting starts at 0. I take one less.",
        f"print(items[{len(items) - 1}])",
    )


def hexadecimal(draw: Draw) -> Question:
    """`int` without its base."""
    while True:
        digits = hex(draw.integer(10, 10**9))[2:]
        if any(digit in "abcdef" for digit in digits):
            break
        draw.items.clear()
    spelled = digits.upper() if draw.chance(0.3) else digits
    nouns = (
        f"hex {spelled} in decimal",
        f"the hex number {spelled} in decimal",
        f"hexadecimal {spelled} in decimal",
        f"the decimal value of hex {spelled}",
    )
    sentences = (
        f"Convert hex {spelled} to decimal.",
        f"Convert {spelled} from hexadecimal to decimal.",
        f"Turn the hex number {spelled} into decimal.",
    )
    return repair(
        asked(draw, sentences, nouns),
        f"print(int('{spelled}'))",
        "That raised a ValueError: the base is missing. I use base 16.",
        f"print(int('{spelled}', 16))",
    )


def joined(draw: Draw) -> Question:
    """A string plus a number."""
    word, n = draw.word(), draw.integer(0, 99999)
    spelled = quoted(draw, word)
    sentences = (
        f"Append the number {n} to the word {spelled}.",
        f"Join the word {spelled} and the number {n}.",
        f"Put the number {n} behind the word {spelled}.",
        f"Glue the number {n} to the word {spelled}.",
    )
    return repair(
        asked(draw, sentences),
        f"word = '{word}'\nprint(word + {n})",
        "That raised a TypeError: a number can't be added to a string. I make it a string.",
        f"print(word + str({n}))",
    )


FAMILIES = {
    f"repair_{family.__name__}": family
    for family in (
        missing_import,
        missing_circle_import,
        number_as_text,
        digit_of_number,
        numbers_in_text,
        last_by_position,
        hexadecimal,
        joined,
    )
}
