"""Decides, by a hash, what training may see and what is held out.

Every word and every number of three or more digits belongs to one side for ever, whichever family asks
about it. Smaller numbers are too few to be divided that way: a question made of small numbers only goes to the side
of its whole list of arguments. So no held-out question can be a training question with other words around it.
"""

import hashlib

HELD_OUT_SHARE = 10
"""One in this many is held out."""


def is_held_out(item: str) -> bool:
    """Whether a word, a number or a list of arguments (joined to one string) is kept out of training."""
    digest = hashlib.sha256(f"interleave-demo:{item}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % HELD_OUT_SHARE == 0


def decides_alone(item: str) -> bool:
    """Whether an item is rare enough to be on one side by itself: a word, a date, or three digits and more."""
    digits = item.lstrip("-").replace(".", "")
    return not digits.isdigit() or len(digits) >= 3
