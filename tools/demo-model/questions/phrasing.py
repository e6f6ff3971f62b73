"""The many ways in which people ask for the same thing."""

from collections.abc import Sequence

from .draw import Draw

FRAMES = (
    "What is {0}?", "What is {0}?", "What is {0}?", "What's {0}?", "What would {0} be?", "Compute {0}.", "Calculate {0}.",
    "Please compute {0}.", "Please calculate {0}.", "Can you compute {0}?", "Could you calculate {0}?", "Find {0}.",
    "Give me {0}.", "Tell me {0}.", "Work out {0}.", "Determine {0}.", "I need {0}.", "Can you tell me {0}?",
    "Do you know {0}?", "Show me {0}.", "I want to know {0}.", "Could you please find {0}?", "{0}?", "{0}", "{0} = ?",
    "Evaluate {0}.", "What does {0} equal?", "How much is {0}?", "Let me know {0}.", "Use Python to compute {0}.",
)  # fmt: skip

OPENINGS = ("Hi! ", "Hello, ", "Hey, ", "Please: ", "Quick question: ", "Question: ", "Ok, ", "So, ", "Now ")
ENDINGS = (" Thanks!", " Please.", " Use Python.", " Thank you.", " Answer with a number or word.")


def framed(draw: Draw, *nouns: str) -> str:
    """A question about a thing ("the square root of 16"), in a random frame."""
    return dressed(draw, draw.choice(FRAMES).format(draw.choice(nouns)))


def asked(draw: Draw, sentences: Sequence[str], nouns: Sequence[str] = ()) -> str:
    """Either one of the whole sentences, or one of the things in a random frame."""
    if nouns and draw.chance(0.5):
        return framed(draw, *nouns)
    return dressed(draw, draw.choice(sentences))


def dressed(draw: Draw, sentence: str) -> str:
    """The sentence with or without its punctuation, capital letter and some politeness."""
    if draw.chance(0.15) and sentence[-1] in ".?":
        mark, sentence = sentence[-1], sentence[:-1]
        sentence += draw.choice((", please", " please", " for me", ", thanks")) + mark
    if draw.chance(0.3):
        sentence = sentence.rstrip(".?")
    elif draw.chance(0.05):
        sentence = sentence.rstrip(".?") + draw.choice(("!", "??", " ?"))
    if draw.chance(0.3):
        sentence = sentence[0].lower() + sentence[1:]
    elif draw.chance(0.8):
        sentence = sentence[0].upper() + sentence[1:]
    opening = draw.choice(OPENINGS) if draw.chance(0.25) else ""
    ending = draw.choice(ENDINGS) if draw.chance(0.2) else ""
    if opening and not opening.rstrip().endswith(("!", ":")) and draw.chance(0.8):
        sentence = sentence[0].lower() + sentence[1:]
    if ending and sentence[-1] not in ".?!":
        sentence += "."
    if draw.chance(0.03):
        opening = opening.lower()
    return opening + sentence + ending


def quoted(draw: Draw, word: str) -> str:
    """A word as it stands in a question: bare or in quotes."""
    return draw.choice(("{}", "{}", "{}", "'{}'", '"{}"')).format(word)


def listed(draw: Draw, items: Sequence[object]) -> str:
    """Several things in a row, as people write them."""
    separator = draw.choice((", ", ", ", ", ", " ", ","))
    texts = [str(item) for item in items]
    if separator == ", " and len(texts) > 1 and draw.chance(0.4):
        return ", ".join(texts[:-1]) + draw.choice((" and ", ", and ")) + texts[-1]
    line = separator.join(texts)
    return f"[{line}]" if separator != " " and draw.chance(0.2) else line
