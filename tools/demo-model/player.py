"""Lets an exported model answer, with its Python run between the rounds: a server in small, for measuring."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache

from notebook import observation
from transcript import CALL_STOP

NOTEBOOK = Path(__file__).with_name("notebook.py")
MOST_CALLS, MOST_TOKENS = 4, 400
Message = dict[str, str]


@dataclass(frozen=True)
class Played:
    """An answer as a client sees it."""

    text: str
    closing: str
    calls: int


class PythonProcess:
    """A Python of its own that keeps its state from call to call."""

    def __enter__(self) -> "PythonProcess":
        self._process = subprocess.Popen(
            [sys.executable, "-I", NOTEBOOK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def run(self, code: str) -> str:
        assert self._process.stdin and self._process.stdout
        print(json.dumps(code), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


class Player:
    """The model of a folder, at temperature 0."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def answer(self, messages: list[Message]) -> Played:
        """Rounds of generation and calls until the model ends its turn."""
        ids = self._ids(self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False))
        text, cache = "", DynamicCache()
        with PythonProcess() as python:
            for calls in range(MOST_CALLS + 1):
                said = self._round(ids, cache)
                text += said
                if not said.endswith(CALL_STOP) or calls == MOST_CALLS:
                    return Played(text, said, calls)
                seen = observation(python.run(_last_block(said)))
                text += seen
                ids += self._ids(seen)
        raise AssertionError("the loop returns")

    @torch.inference_mode()
    def _round(self, ids: list[int], cache: DynamicCache) -> str:
        """Extends the ids until the end of the turn or the request for a call; gives the new text."""
        said: list[int] = []
        while len(said) < MOST_TOKENS:
            new = torch.tensor([ids[cache.get_seq_length() :]])
            token = int(self.model(new, past_key_values=cache).logits[0, -1].argmax())
            ids.append(token)
            said.append(token)
            if token == self.tokenizer.eos_token_id or self.tokenizer.decode(said[-4:]).endswith(CALL_STOP):
                break
        return self.tokenizer.decode(said, skip_special_tokens=True)

    def _ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False)


def _last_block(said: str) -> str:
    """The code between the last fences."""
    return said.rpartition("```python\n")[2].partition("\n```")[0]
