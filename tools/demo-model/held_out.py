"""Writes the questions by which the model is judged, from the side of the split that training never sees."""

import argparse
import json
import random
from pathlib import Path

from questions import COMPUTED, draw_question
from transcript import TOO_LONG, Unteachable, answer


def held_out_questions(seed: int, count: int) -> list[dict[str, object]]:
    """So many questions, all families in turn; only those whose answer is short enough to be repeated."""
    generator = random.Random(seed)
    families = [family for family in COMPUTED if family != "table"]
    found: list[dict[str, object]] = []
    seen: set[str] = set()
    while len(found) < count:
        family = families[len(found) % len(families)]
        question = draw_question(generator, held_out=True, family=family)
        try:
            reply = answer(question)
        except Unteachable:
            continue
        if reply.closing == TOO_LONG or question.text in seen:
            continue
        seen.add(question.text)
        found.append(
            {
                "id": f"q{len(found) + 1:03d}",
                "family": family,
                "question": question.text,
                "answer": reply.result.splitlines()[-1],
                "calls": len(reply.calls),
            }
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    lines = held_out_questions(arguments.seed, arguments.count)
    arguments.file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


if __name__ == "__main__":
    main()
