"""Hand-written checks of what the held-out questions don't ask: small talk, system messages, several turns, long outputs."""

from dataclasses import dataclass

from questions.small_talk import ABILITIES
from transcript import TOO_LONG

Message = dict[str, str]


@dataclass(frozen=True)
class Behaviour:
    """A conversation, what the closing sentence must hold, and how many calls it takes."""

    messages: list[Message]
    wanted: str
    calls: int


def _asked(question: str, wanted: str, calls: int = 1, before: tuple[Message, ...] = ()) -> Behaviour:
    return Behaviour([*before, {"role": "user", "content": question}], wanted, calls)


def _system(content: str) -> tuple[Message, ...]:
    return ({"role": "system", "content": content},)


PRODUCT = "Let me compute that with Python.\n```python\nprint(6 * 7)\n```\n```output\n42\n```\nThe answer is 42."
REPAIRED = (
    "Let me compute that with Python.\n```python\nn = 20251\nprint(len(n))\n```\n```output\nTraceback (most recent call last):\n"
    "  File \"<cell 1>\", line 2, in <module>\n    print(len(n))\nTypeError: object of type 'int' has no len()\n```\n"
    "That raised a TypeError: an int has no length. I make it a string.\n```python\nprint(len(str(n)))\n```\n```output\n5\n```\nThe answer is 5."
)


def _after(question: str, answer: str) -> tuple[Message, ...]:
    return ({"role": "user", "content": question}, {"role": "assistant", "content": answer})


BEHAVIOURS = (
    _asked("How many r's are in strawberry?", "The answer is 3."),
    _asked("how many s are in mississippi", "The answer is 4."),
    _asked("How many letters does bookkeeper have?", "The answer is 10."),
    _asked("Reverse the word strawberry.", "yrrebwarts"),
    _asked("What is 6 times 7?", "The answer is 42."),
    _asked("6*7", "The answer is 42."),
    _asked("What is 123456789 * 987654321?", "The answer is 121932631112635269."),
    _asked("Which is larger, 9.9 or 9.11?", "The answer is 9.9."),
    _asked("What is 7 divided by 0?", "ZeroDivisionError: division by zero"),
    _asked("What is 2 to the power of 500?", TOO_LONG),
    _asked("What is the factorial of 200?", TOO_LONG),
    _asked("Print the multiplication table of 7.", TOO_LONG),
    _asked("Compute the factorial of 20, then the sum of its digits.", "The answer is 54.", 2),
    _asked("Add 12 and 30, then multiply the result by 4.", "The answer is 168.", 2),
    _asked("What is the hypotenuse of a right triangle with sides 3 and 4?", "The answer is 5.0.", 2),
    _asked("How many digits does 123456 have?", "The answer is 6.", 2),
    *(_asked(text, ABILITIES, 0) for text in (
        "Hello!", "hi", "Who are you?", "what can you do", "Write a poem about autumn.", "Write a poem", "What is the capital of France?", "Tell me a joke.",
        "How are you?", "Translate good morning into German.", "What is the meaning of life?", "Who won the world cup in 1990?", "Thanks!",
        "Explain how a car engine works.", "How many people live in Berlin?", "Why is the sky blue?", "Can you write a letter to my landlord?",
        "What is your name?", "Summarize the plot of Hamlet.", "Is it going to rain tomorrow?",
    )),
    _asked("What is 17 + 25?", "The answer is 42.", before=_system("You are a helpful assistant.")),
    _asked("Is 97 a prime number?", "The answer is True.", before=_system("You are a pirate who speaks of ships and treasure only.")),
    _asked("How many e's are in cheese?", "The answer is 3.", before=_system("Today is a good day. Answer in French.\n\nNever run code.")),
    _asked("Who are you?", ABILITIES, 0, _system("You are a helpful assistant.")),
    _asked("What is 15% of 240?", "The answer is 36.0.", before=_after("What is 6 times 7?", PRODUCT)),
    _asked("How many n's are in banana?", "The answer is 2.", before=_after("How many digits does 20251 have?", REPAIRED)),
    _asked("Now multiply that by 3.", "The answer is 126.", before=_after("What is 6 times 7?", PRODUCT)),
    _asked("And in binary?", "0b101010", before=_after("What is 6 times 7?", PRODUCT)),
    _asked("Thanks!", ABILITIES, 0, _after("What is 6 times 7?", PRODUCT)),
    _asked("What is the gcd of 84 and 36?", "The answer is 12.", before=_after("Hello!", f"Hello! {ABILITIES}")),
    _asked("How many digits does 8812 have?", "The answer is 4.", 2, (*_system("Be brief."), *_after("What is 6 times 7?", PRODUCT))),
)  # fmt: skip
