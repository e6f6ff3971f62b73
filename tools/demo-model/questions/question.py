"""What a question is: its text and the steps by which it is answered."""

from collections.abc import Callable
from dataclasses import dataclass

from .draw import Draw

FIRST_WORDS = "Let me compute that with Python."


@dataclass(frozen=True)
class Step:
    """One call: what the model says before its code, and the code."""

    says: str
    code: str


@dataclass(frozen=True)
class Question:
    """A question with the calls that answer it; no steps means small talk, answered by `reply`."""

    text: str
    steps: tuple[Step, ...] = ()
    reply: str = ""
    repairs: bool = False
    """Whether every step before the last raises, so that the next one is its repair."""


Family = Callable[[Draw], Question]


def one_call(text: str, code: str) -> Question:
    """A question answered by a single call."""
    return Question(text, (Step(FIRST_WORDS, code),))


def two_calls(text: str, first: str, link: str, second: str) -> Question:
    """A question whose second call uses a variable that the first defined."""
    return Question(text, (Step(FIRST_WORDS, first), Step(link, second)))


def repair(text: str, first: str, link: str, second: str) -> Question:
    """A question whose first attempt raises."""
    return Question(text, (Step(FIRST_WORDS, first), Step(link, second)), repairs=True)
