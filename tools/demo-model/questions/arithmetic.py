"""Arithmetic: the four operations, powers, remainders, roots, brackets, percentages."""

from .draw import Draw
from .phrasing import asked, dressed, framed
from .question import Question, one_call


def _spelled(draw: Draw, number: int) -> str:
    """A number as written in a question: long ones sometimes with thousands separators."""
    return f"{number:,}" if abs(number) >= 1000 and draw.chance(0.08) else str(number)


def _operand(draw: Draw, high: int) -> tuple[str, str]:
    """A number as it is written in the question, and in the code."""
    if draw.chance(0.15):
        decimal = draw.decimal(999)
        return decimal, decimal
    number = draw.integer(-high if draw.chance(0.12) else 0, high)
    return _spelled(draw, number), str(number)


def _operation(draw: Draw, sign: str, nouns: tuple[str, ...], sentences: tuple[str, ...], high: int) -> Question:
    (left, left_code), (right, right_code) = _operand(draw, high), _operand(draw, high)
    text = asked(
        draw, [line.format(a=left, b=right) for line in sentences], [noun.format(a=left, b=right) for noun in nouns]
    )
    right_code = f"({right_code})" if right_code.startswith("-") else right_code
    return one_call(text, f"print({left_code} {sign} {right_code})")


def add(draw: Draw) -> Question:
    nouns = (
        "{a} + {b}",
        "{a} + {b}",
        "{a}+{b}",
        "{a} plus {b}",
        "the sum of {a} and {b}",
        "{a} and {b} added together",
    )
    sentences = (
        "Add {a} and {b}.",
        "Add {b} to {a}.",
        "{a} + {b}",
        "{a}+{b}",
        "{a}+{b}=",
        "How much do {a} and {b} make?",
    )
    return _operation(draw, "+", nouns, sentences, 10 ** draw.choice((2, 4, 8, 14)))


def subtract(draw: Draw) -> Question:
    nouns = ("{a} - {b}", "{a} - {b}", "{a}-{b}", "{a} minus {b}", "the difference of {a} and {b}", "{a} less {b}")
    sentences = ("Subtract {b} from {a}.", "Take {b} away from {a}.", "{a} - {b}", "{a}-{b}", "{a} minus {b}")
    return _operation(draw, "-", nouns, sentences, 10 ** draw.choice((2, 4, 8, 14)))


def multiply(draw: Draw) -> Question:
    nouns = (
        "{a} * {b}",
        "{a}*{b}",
        "{a} times {b}",
        "{a} x {b}",
        "{a} × {b}",
        "the product of {a} and {b}",
        "{a} multiplied by {b}",
    )
    sentences = ("Multiply {a} by {b}.", "Multiply {a} and {b}.", "{a} * {b}", "{a}*{b}", "{a}x{b}", "{a} times {b}")
    return _operation(draw, "*", nouns, sentences, 10 ** draw.choice((2, 3, 6, 12)))


def divide(draw: Draw) -> Question:
    nouns = ("{a} / {b}", "{a}/{b}", "{a} divided by {b}", "{a} ÷ {b}", "{a} over {b}", "the quotient of {a} and {b}")
    sentences = ("Divide {a} by {b}.", "{a} / {b}", "{a}/{b}", "How often does {b} go into {a}?")
    return _operation(draw, "/", nouns, sentences, 10 ** draw.choice((2, 4, 8)))


def modulo(draw: Draw) -> Question:
    a, b = draw.integer(1, 10**9), draw.integer(1, 9999)
    nouns = (
        f"{a} mod {b}",
        f"{a} modulo {b}",
        f"{a} % {b}",
        f"the remainder of {a} divided by {b}",
        f"the remainder when {a} is divided by {b}",
    )
    sentences = (
        f"What remains when {a} is divided by {b}?",
        f"What is left over when you divide {a} by {b}?",
        f"{a} mod {b}",
        f"{a} % {b}",
    )
    return one_call(asked(draw, sentences, nouns), f"print({a} % {b})")


def power(draw: Draw) -> Question:
    kind = draw.random.random()
    base = draw.integer(0, 9999)
    if kind < 0.2:
        nouns, exponent = (f"{base} squared", f"the square of {base}"), 2
    elif kind < 0.35:
        nouns, exponent = (f"{base} cubed", f"the cube of {base}"), 3
    else:
        base, exponent = (
            (2, draw.uniform(0, 900)) if draw.chance(0.25) else (base, draw.uniform(0, draw.choice((9, 30, 120))))
        )
        nouns = (
            f"{base} to the power of {exponent}",
            f"{base} to the power {exponent}",
            f"{base}^{exponent}",
            f"{base} ** {exponent}",
            f"{base}**{exponent}",
            f"{base} raised to the {exponent}",
        )
        if exponent not in (11, 12, 13) and exponent % 10 not in (1, 2, 3):
            nouns += (f"{base} to the {exponent}th power",)
    return one_call(framed(draw, *nouns), f"print({base} ** {exponent})")


def square_root(draw: Draw) -> Question:
    number = draw.integer(0, 10**8)
    if draw.chance(0.3):
        number = draw.uniform(1, 5000) ** 2
    nouns = (
        f"the square root of {number}",
        f"the square root of {number}",
        f"square root of {number}",
        f"sqrt({number})",
        f"the root of {number}",
        f"sqrt {number}",
        f"√{number}",
    )
    return one_call(framed(draw, *nouns), f"import math\nprint(math.sqrt({number}))")


def percentage(draw: Draw) -> Question:
    share, whole = draw.uniform(1, 99), draw.integer(1, 10**6)
    nouns = (
        f"{share}% of {whole}",
        f"{share} percent of {whole}",
        f"{share} % of {whole}",
        f"{share} per cent of {whole}",
    )
    return one_call(framed(draw, *nouns), f"print({share} * {whole} / 100)")


def brackets(draw: Draw) -> Question:
    """An expression that may be evaluated as it stands."""

    def term(depth: int) -> str:
        if depth == 0 or draw.chance(0.25):
            return str(draw.integer(0, 10 ** draw.choice((1, 2, 2, 4))))
        operation = f"{term(depth - 1)} {draw.choice('++--**/')} {term(depth - 1)}"
        return f"({operation})" if draw.chance(0.7) else operation

    expression = term(2)
    while not any(sign in expression for sign in "+-*/"):
        expression += f" {draw.choice('+-*')} {term(1)}"
    if expression[0] == "(" and draw.chance(0.5):
        expression += f" {draw.choice('+-*')} {draw.integer(1, 999)}"
    spelled = expression.replace(" ", "") if draw.chance(0.25) else expression
    code = f"print({expression})"
    return one_call(asked(draw, (spelled, f"{spelled} = ?", f"How much is {spelled}?"), (spelled,)), code)


def larger(draw: Draw) -> Question:
    high = 10 ** draw.choice((1, 2, 5))
    a, b = (
        (draw.decimal(high), draw.decimal(high)) if draw.chance(0.6) else (draw.integer(0, high), draw.integer(0, high))
    )
    if draw.chance(0.5):
        sentences = (
            f"Which is larger, {a} or {b}?",
            f"Which is bigger, {a} or {b}?",
            f"Which number is greater: {a} or {b}?",
            f"What is larger, {a} or {b}?",
            f"Is {a} or {b} bigger?",
        )
        return one_call(dressed(draw, draw.choice(sentences)), f"print(max({a}, {b}))")
    sentences = (
        f"Which is smaller, {a} or {b}?",
        f"Which is less, {a} or {b}?",
        f"Which number is smaller: {a} or {b}?",
        f"What is smaller, {a} or {b}?",
        f"Is {a} or {b} smaller?",
    )
    return one_call(dressed(draw, draw.choice(sentences)), f"print(min({a}, {b}))")


def story(draw: Draw) -> Question:
    """A word problem of one operation."""
    a, b, thing = draw.integer(1, 9999), draw.integer(1, 9999), draw.real_word()
    name = draw.choice(("Anna", "Tom", "Maria", "Ben", "Alice", "Bob", "She", "He"))
    sign, sentence = draw.choice((
        ("+", f"I have {a} {thing}s and buy {b} more. How many {thing}s do I have?"),
        ("+", f"{name} has {a} {thing}s and gets {b} more. How many are there now?"),
        ("-", f"I had {a} {thing}s and lost {b}. How many are left?"),
        ("-", f"{name} has {a} {thing}s and gives away {b}. How many are left?"),
        ("*", f"There are {a} boxes with {b} {thing}s each. How many {thing}s are there?"),
        ("*", f"A {thing} costs {a} dollars. What do {b} of them cost?"),
    ))  # fmt: skip
    return one_call(dressed(draw, sentence), f"print({a} {sign} {b})")


def absurd_division(draw: Draw) -> Question:
    """A question whose honest answer is Python's error."""
    a = draw.integer(1, 10**6)
    nouns = (f"{a} / 0", f"{a}/0", f"{a} divided by 0", f"{a} divided by zero", f"{a} over zero", f"{a} ÷ 0")
    return one_call(asked(draw, (f"Divide {a} by zero.", f"Divide {a} by 0."), nouns), f"print({a} / 0)")


FAMILIES = {
    family.__name__: family
    for family in (
        add,
        subtract,
        multiply,
        divide,
        modulo,
        power,
        square_root,
        percentage,
        brackets,
        larger,
        story,
        absurd_division,
    )
}
