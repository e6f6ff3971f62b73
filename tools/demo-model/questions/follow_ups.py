"""Questions about the answer before: "now multiply that by 3"."""

from .draw import Draw
from .phrasing import dressed
from .question import Question, one_call


def follow_up(draw: Draw, previous: int) -> Question:
    """A question that needs the number which the turn before gave."""
    n = draw.integer(1, 999)
    sentence, expression = draw.choice((
        (f"Now multiply that by {n}.", f"{previous} * {n}"),
        (f"And times {n}?", f"{previous} * {n}"),
        (f"Multiply it by {n}.", f"{previous} * {n}"),
        (f"Now add {n} to that.", f"{previous} + {n}"),
        (f"And plus {n}?", f"{previous} + {n}"),
        (f"Add {n} to the result.", f"{previous} + {n}"),
        (f"Subtract {n} from that.", f"{previous} - {n}"),
        (f"And minus {n}?", f"{previous} - {n}"),
        (f"Now divide that by {n}.", f"{previous} / {n}"),
        (f"And divided by {n}?", f"{previous} / {n}"),
        (f"And modulo {n}?", f"{previous} % {n}"),
        ("What is that squared?", f"{previous} ** 2"),
        ("And the square of that?", f"{previous} ** 2"),
        ("And in binary?", f"bin({previous})"),
        ("What is that in binary?", f"bin({previous})"),
        ("What is that in hex?", f"hex({previous})"),
    ))  # fmt: skip
    return one_call(dressed(draw, sentence), f"print({expression})")
