"""All families of questions, and the one way to draw from them."""

import random

from . import arithmetic, dates, lists, number_theory, repairs, small_talk, text, two_calls
from .draw import Draw
from .question import Family, Question, Step

COMPUTED: dict[str, Family] = {
    **arithmetic.FAMILIES,
    **number_theory.FAMILIES,
    **text.FAMILIES,
    **lists.FAMILIES,
    **dates.FAMILIES,
    **two_calls.FAMILIES,
    **repairs.FAMILIES,
}
"""The families that are answered by running Python."""

FAMILIES: dict[str, Family] = {**COMPUTED, **small_talk.FAMILIES}

WEIGHTS = {
    "small_talk": 5.0,
    **dict.fromkeys(("count_letter", "brackets", "days_between"), 2.5),
    **dict.fromkeys(("reverse", "sort_words", "two_calls_chain"), 2.0),
    **dict.fromkeys(("length", "factorial", "power", "longest_word", "two_calls_reversed_word"), 1.5),
    **dict.fromkeys(("sort_numbers", "sort_descending", "list_sum", "mean", "median", "repair_last_by_position"), 1.5),
}
"""How often a family is drawn, if not once: copying much, and knowing what is none of its business, is the hardest."""

__all__ = ["COMPUTED", "FAMILIES", "WEIGHTS", "Draw", "Question", "Step", "draw_question"]


def draw_question(generator: random.Random, held_out: bool, family: str) -> Question:
    """A question of a family, from the training side or from the held-out one."""
    while True:
        draw = Draw(generator, held_out)
        question = FAMILIES[family](draw)
        if family == "small_talk" or draw.matches_side():
            return question
