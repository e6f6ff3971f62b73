"""Whole numbers: factorials, divisors, primes, Fibonacci numbers, digits, sums of ranges, bases, Celsius."""

from .draw import Draw
from .phrasing import asked, framed
from .question import Question, one_call


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th…"""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def factorial(draw: Draw) -> Question:
    n = draw.uniform(0, draw.choice((20, 39, 39, 250)))
    nouns = (f"the factorial of {n}", f"{n}!", f"{n} factorial", f"factorial of {n}", f"factorial({n})")
    return one_call(framed(draw, *nouns), f"import math\nprint(math.factorial({n}))")


def range_sum(draw: Draw) -> Question:
    low = 1 if draw.chance(0.7) else draw.integer(2, 999)
    high = low + draw.integer(2, 99999)
    nouns = (
        f"the sum of the numbers from {low} to {high}",
        f"the sum of all numbers from {low} to {high}",
        f"the sum of the integers from {low} to {high}",
        f"the sum from {low} to {high}",
        f"{low} + {low + 1} + ... + {high}",
    )
    sentences = (
        f"Add up all numbers from {low} to {high}.",
        f"Sum the numbers {low} to {high}.",
        f"Sum up {low} to {high}.",
        f"Add the numbers from {low} to {high}.",
    )
    return one_call(asked(draw, sentences, nouns), f"print(sum(range({low}, {high} + 1)))")


def powers_sum(draw: Draw) -> Question:
    n, (things, exponent) = draw.integer(2, 9999), draw.choice((("squares", 2), ("cubes", 3)))
    nouns = (
        f"the sum of the {things} from 1 to {n}",
        f"the sum of the first {n} {things}",
        f"the sum of {things} up to {n}",
        f"the sum of the {things} of the numbers from 1 to {n}",
    )
    sentences = (
        f"Add up the {things} of the numbers 1 to {n}.",
        f"Sum the {things} from 1 to {n}.",
        f"Sum of the first {n} {things}?",
    )
    return one_call(asked(draw, sentences, nouns), f"print(sum(k ** {exponent} for k in range(1, {n} + 1)))")


def common_divisor(draw: Draw) -> Question:
    a, b = draw.integer(1, 10**7), draw.integer(1, 10**7)
    nouns = (
        f"the greatest common divisor of {a} and {b}",
        f"the gcd of {a} and {b}",
        f"gcd({a}, {b})",
        f"the GCD of {a} and {b}",
        f"the largest common divisor of {a} and {b}",
        f"the highest common factor of {a} and {b}",
    )
    return one_call(framed(draw, *nouns), f"import math\nprint(math.gcd({a}, {b}))")


def common_multiple(draw: Draw) -> Question:
    a, b = draw.integer(1, 10**5), draw.integer(1, 10**5)
    nouns = (
        f"the least common multiple of {a} and {b}",
        f"the lcm of {a} and {b}",
        f"lcm({a}, {b})",
        f"the LCM of {a} and {b}",
        f"the smallest common multiple of {a} and {b}",
    )
    return one_call(framed(draw, *nouns), f"import math\nprint(math.lcm({a}, {b}))")


def is_prime(draw: Draw) -> Question:
    n = draw.integer(2, 10**7)
    sentences = (
        f"Is {n} a prime number?",
        f"Is {n} prime?",
        f"Is {n} a prime?",
        f"Is the number {n} prime?",
        f"Check whether {n} is prime.",
        f"Tell me if {n} is a prime number.",
        f"Can you check if {n} is prime?",
    )
    return one_call(
        asked(draw, sentences), f"n = {n}\nprint(n > 1 and all(n % d for d in range(2, int(n ** 0.5) + 1)))"
    )


def count_primes(draw: Draw) -> Question:
    n = draw.integer(3, 9999)
    nouns = (
        f"the number of primes below {n}",
        f"the count of primes below {n}",
        f"the number of prime numbers less than {n}",
    )
    sentences = (
        f"How many primes are below {n}?",
        f"How many prime numbers are there below {n}?",
        f"How many primes are less than {n}?",
        f"Count the primes below {n}.",
        f"How many primes are smaller than {n}?",
    )
    return one_call(
        asked(draw, sentences, nouns),
        f"print(sum(all(n % d for d in range(2, int(n ** 0.5) + 1)) for n in range(2, {n})))",
    )


def list_primes(draw: Draw) -> Question:
    n = draw.uniform(3, 400)
    nouns = (
        f"all primes below {n}",
        f"the primes below {n}",
        f"the prime numbers less than {n}",
        f"the list of primes below {n}",
    )
    sentences = (
        f"List the primes below {n}.",
        f"List all prime numbers below {n}.",
        f"Which primes are below {n}?",
        f"Print the primes smaller than {n}.",
    )
    return one_call(
        asked(draw, sentences, nouns), f"print([n for n in range(2, {n}) if all(n % d for d in range(2, n))])"
    )


def factors(draw: Draw) -> Question:
    n = draw.integer(1, 99999)
    nouns = (f"the divisors of {n}", f"all divisors of {n}", f"the factors of {n}", f"all factors of {n}")
    sentences = (
        f"List the divisors of {n}.",
        f"Which numbers divide {n}?",
        f"What are the divisors of {n}?",
        f"What are the factors of {n}?",
    )
    return one_call(asked(draw, sentences, nouns), f"n = {n}\nprint([d for d in range(1, n + 1) if n % d == 0])")


def fibonacci(draw: Draw) -> Question:
    n = draw.uniform(1, draw.choice((40, 150, 150, 600)))
    nouns = (
        f"the {ordinal(n)} Fibonacci number",
        f"the {ordinal(n)} fibonacci number",
        f"Fibonacci number {n}",
        f"the Fibonacci number with index {n}",
        f"fibonacci({n})",
        f"fib({n})",
    )
    return one_call(framed(draw, *nouns), f"a, b = 0, 1\nfor _ in range({n}):\n    a, b = b, a + b\nprint(a)")


def digit_sum(draw: Draw) -> Question:
    n = draw.integer(1, 10 ** draw.choice((5, 12, 24)))
    nouns = (
        f"the digit sum of {n}",
        f"the sum of the digits of {n}",
        f"the sum of all digits in {n}",
        f"the cross sum of {n}",
    )
    return one_call(
        asked(draw, (f"Add the digits of {n}.", f"Add up the digits of {n}.", f"Sum the digits of {n}."), nouns),
        f"print(sum(int(d) for d in str({n})))",
    )


def to_base(draw: Draw) -> Question:
    n = draw.integer(0, 10**9)
    name, function = draw.choice((("binary", "bin"), ("hexadecimal", "hex"), ("octal", "oct")))
    short = "hex" if name == "hexadecimal" and draw.chance(0.5) else name
    nouns = (
        f"{n} in {short}",
        f"{n} in {short}",
        f"{short} of {n}",
        f"the {short} form of {n}",
        f"the {short} representation of {n}",
    )
    sentences = (
        f"Convert {n} to {short}.",
        f"Write {n} in {short}.",
        f"Turn {n} into {short}.",
        f"{n} to {short}",
        f"Express {n} in {short}.",
        f"How do you write {n} in {short}?",
    )
    return one_call(asked(draw, sentences, nouns), f"print({function}({n}))")


def from_binary(draw: Draw) -> Question:
    bits = bin(draw.integer(1, 99999))[2:]
    nouns = (
        f"binary {bits} in decimal",
        f"the binary number {bits} in decimal",
        f"the decimal value of binary {bits}",
        f"0b{bits} in decimal",
    )
    sentences = (
        f"Convert binary {bits} to decimal.",
        f"Convert {bits} from binary to decimal.",
        f"Which number is {bits} in binary?",
        f"Turn the binary number {bits} into decimal.",
    )
    return one_call(asked(draw, sentences, nouns), f"print(int('{bits}', 2))")


def temperature(draw: Draw) -> Question:
    n = draw.integer(-60, 999)
    if draw.chance(0.5):
        nouns = (f"{n} degrees Celsius in Fahrenheit", f"{n} celsius in fahrenheit", f"{n} °C in °F", f"{n} C in F")
        return one_call(
            asked(
                draw,
                (f"Convert {n} Celsius to Fahrenheit.", f"Convert {n} degrees Celsius to Fahrenheit.", f"{n} C to F"),
                nouns,
            ),
            f"print({n} * 9 / 5 + 32)",
        )
    nouns = (f"{n} degrees Fahrenheit in Celsius", f"{n} fahrenheit in celsius", f"{n} °F in °C", f"{n} F in C")
    return one_call(
        asked(
            draw,
            (f"Convert {n} Fahrenheit to Celsius.", f"Convert {n} degrees Fahrenheit to Celsius.", f"{n} F to C"),
            nouns,
        ),
        f"print(({n} - 32) * 5 / 9)",
    )


def table(draw: Draw) -> Question:
    """An answer of several lines, too long to be repeated."""
    n = draw.integer(2, 999)
    nouns = (
        f"the multiplication table of {n}",
        f"the times table of {n}",
        f"the {n} times table",
        f"the multiplication table for {n}",
    )
    return one_call(
        asked(draw, (f"Print the multiplication table of {n}.", f"Write the times table of {n}."), nouns),
        f"for k in range(1, 11):\n    print({n}, 'x', k, '=', {n} * k)",
    )


FAMILIES = {
    family.__name__: family
    for family in (factorial, range_sum, powers_sum, common_divisor, common_multiple, is_prime, count_primes, list_primes, factors,
                   fibonacci, digit_sum, to_base, from_binary, temperature, table)
}  # fmt: skip
