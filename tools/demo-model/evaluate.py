"""Measures an exported model: the share of held-out questions answered right, per family, and a few behaviours.

Right means: the text after the last output holds the expected answer verbatim. "As wished" also asks
for the expected number of calls.
"""

import argparse
import collections
import json
import time
from pathlib import Path

from behaviours import BEHAVIOURS
from player import Played, Player


def held_out_share(player: Player, file: Path) -> None:
    right: dict[str, list[bool]] = collections.defaultdict(list)
    as_wished = 0
    for line in file.read_text().splitlines():
        question = json.loads(line)
        played = player.answer([{"role": "user", "content": question["question"]}])
        good = question["answer"] in played.closing
        right[question["family"]].append(good)
        as_wished += f" {question['answer']}." in played.closing and played.calls == question["calls"]
        if not good:
            _show(question["question"], f"wanted {question['answer']}", played)
    for family, results in sorted(right.items(), key=lambda item: sum(item[1]) / len(item[1])):
        print(f"{sum(results):3d} of {len(results):3d}  {family}")
    everything = [result for results in right.values() for result in results]
    print(
        f"{sum(everything)} of {len(everything)} right ({sum(everything) / len(everything):.1%}); {as_wished} as wished"
    )


def behaviours(player: Player) -> None:
    good = 0
    for behaviour in BEHAVIOURS:
        played = player.answer(behaviour.messages)
        kept = behaviour.wanted in played.closing and played.calls == behaviour.calls
        good += kept
        if not kept:
            _show(behaviour.messages[-1]["content"], f"wanted {behaviour.wanted} in {behaviour.calls} calls", played)
    print(f"{good} of {len(BEHAVIOURS)} behaviours kept")


def _show(question: str, wanted: str, played: Played) -> None:
    print(f"--- {question}\n({wanted})\n{played.text}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the Hugging Face form")
    parser.add_argument("--questions", type=Path, help="default: held-out-questions.jsonl in the folder")
    arguments = parser.parse_args()
    started = time.monotonic()
    player = Player(arguments.folder)
    behaviours(player)
    held_out_share(player, arguments.questions or arguments.folder / "held-out-questions.jsonl")
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
