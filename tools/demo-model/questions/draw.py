"""Random ingredients of a question, all from one side of the split."""

import datetime
import random
import string
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from split import decides_alone, is_held_out

Choice = TypeVar("Choice")

REAL_WORDS = Path(__file__).parent.parent.joinpath("words.txt").read_text().split()
VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"


class Draw:
    """Draws numbers, words and phrasings; remembers what was drawn, for the split.

    `held_out` chooses the side: training questions and held-out ones never share a word or a long number.
    """

    def __init__(self, generator: random.Random, held_out: bool) -> None:
        self.random = generator
        self.held_out = held_out
        self.items: list[str] = []

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def choice(self, options: Sequence[Choice]) -> Choice:
        return self.random.choice(options)

    def integer(self, low: int, high: int) -> int:
        """A whole number, small ones as likely as large ones (the number of digits is drawn first)."""
        longest = len(str(max(abs(low), abs(high))))

        def candidate() -> str:
            while True:
                size = self.random.randint(1, longest)
                number = self.random.randint(0 if size == 1 else 10 ** (size - 1), 10**size - 1)
                if size > 1 and self.chance(0.12):
                    number = self._monotonous(size)
                if low < 0 and self.chance(0.5):
                    number = -number
                if low <= number <= high:
                    return str(number)

        return int(self._own_side(candidate))

    def uniform(self, low: int, high: int) -> int:
        """A whole number of a range, all equally likely."""
        return int(self._own_side(lambda: str(self.random.randint(low, high))))

    def decimal(self, high: int) -> str:
        """A number with one to three decimals, as it is written."""

        def candidate() -> str:
            decimals = self.random.choice((1, 1, 2, 2, 3))
            return f"{self.random.randint(0, high)}.{self.random.randint(1, 10**decimals - 1):0{decimals}d}"

        return self._own_side(candidate)

    def date(self) -> datetime.date:
        """A day between 1900 and 2100."""

        def candidate() -> str:
            return str(datetime.date.fromordinal(self.random.randint(693962, 767009)))

        return datetime.date.fromisoformat(self._own_side(candidate))

    def word(self) -> str:
        """A real word, something pronounceable, or plain random letters; sometimes with doubled letters."""
        return self._own_side(self._any_word)

    def real_word(self) -> str:
        return self._own_side(lambda: self.random.choice(REAL_WORDS))

    def matches_side(self) -> bool:
        """Whether the whole question belongs to the side that it was drawn for."""
        if self.held_out and any(decides_alone(item) for item in self.items):
            return True
        return is_held_out("|".join(self.items)) == self.held_out

    def _monotonous(self, size: int) -> int:
        """A number of few different digits, such as 5000 or 3373: the hardest to copy."""
        first, digits = self.random.choice("123456789"), self.random.choice(("0", "01", "5", "37", "09", "8"))
        return int(first + "".join(self.random.choices(digits + first * self.random.randint(0, 1), k=size - 1)))

    def _own_side(self, candidate: Callable[[], str]) -> str:
        while True:
            item = candidate()
            if not decides_alone(item) or is_held_out(item) == self.held_out:
                self.items.append(item)
                return item

    def _any_word(self) -> str:
        kind = self.random.random()
        if kind < 0.35:
            word = self.random.choice(REAL_WORDS)
        elif kind < 0.5:
            word = self.random.choice(REAL_WORDS) + self.random.choice(REAL_WORDS)
        elif kind < 0.75:
            word = "".join(
                self.random.choice(CONSONANTS) + self.random.choice(VOWELS) for _ in range(self.random.randint(1, 6))
            )
        else:
            word = "".join(self.random.choices(string.ascii_lowercase, k=self.random.randint(2, 12)))
        if self.chance(0.15):
            place = self.random.randrange(len(word))
            word = word[:place] + word[place] * self.random.randint(1, 2) + word[place:]
        if self.chance(0.08):
            word = word.capitalize()
        elif self.chance(0.03):
            word = word.upper()
        return word[:24]
