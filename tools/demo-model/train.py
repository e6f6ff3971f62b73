"""Trains the demo model from nothing: writes `weights.pt` and `tokenizer.json` into a folder.

Hidden matrices learn by Muon, embeddings and norms by AdamW; batches hold examples of similar length.
"""

import argparse
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

import tokenizer as tokenizers_of_ours
from conversation import random_conversation
from model import Llama

LONGEST = 640
"""Conversations of more tokens are left out."""
POOL = 2048
IGNORED = -100


def encode(tokenizer: Tokenizer, generator: random.Random) -> tuple[list[int], list[int]]:
    """Ids of a conversation, and the same with everything ignored that the model doesn't say."""
    ids: list[int] = []
    targets: list[int] = []
    for text, said_by_model in random_conversation(generator):
        piece = tokenizer.encode(text, add_special_tokens=False).ids
        ids += piece
        targets += piece if said_by_model else [IGNORED] * len(piece)
    return ids, targets


def batches(tokenizer: Tokenizer, seed: int, tokens: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless batches of about so many tokens: inputs and targets, already shifted by one."""
    generator = random.Random(seed)
    while True:
        pool = sorted((encode(tokenizer, generator) for _ in range(POOL)), key=lambda example: len(example[0]))
        pool = [example for example in pool if len(example[0]) <= LONGEST]
        cuts, rows = [], []
        for example in pool:
            if rows and (len(rows) + 1) * len(example[0]) > tokens:
                cuts.append(rows)
                rows = []
            rows.append(example)
        generator.shuffle(cuts)
        for rows in cuts:
            yield _padded(rows)


def _padded(rows: list[tuple[list[int], list[int]]]) -> tuple[Tensor, Tensor]:
    length = max(len(ids) for ids, _ in rows)
    inputs = torch.zeros(len(rows), length - 1, dtype=torch.long)
    targets = torch.full((len(rows), length - 1), IGNORED)
    for row, (ids, wanted) in enumerate(rows):
        inputs[row, : len(ids) - 1] = torch.tensor(ids[:-1])
        targets[row, : len(ids) - 1] = torch.tensor(wanted[1:])
    return inputs, targets


def loss_of(model: Llama, hidden: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy on the model's own words only; the rest never reaches the output matrix."""
    said = targets != IGNORED
    return functional.cross_entropy(model.logits(hidden[said]), targets[said])


def begin(folder: Path, seed: int) -> tuple[Tokenizer, Llama]:
    """A new tokenizer and a new model."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tokenizers_of_ours.learn(seed)
    tokenizer.save(str(folder / "tokenizer.json"))
    return tokenizer, Llama(tokenizer.get_vocab_size())


def go_on(folder: Path) -> tuple[Tokenizer, Llama]:
    """The tokenizer and the model as an earlier training left them."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    model = Llama(tokenizer.get_vocab_size())
    model.load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
    return tokenizer, model


def train(folder: Path, arguments: argparse.Namespace, warm_up: int = 60) -> None:
    """One cycle: the rates rise in a few steps, then fall in a straight line to nothing."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(2)
    tokenizer, model = go_on(folder) if arguments.go_on else begin(folder, arguments.seed)
    steps, rate = arguments.steps, arguments.rate
    forward = torch.compile(model, dynamic=True)
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim == 1 or "embed" in name]
    optimizers = [
        torch.optim.Muon(matrices, lr=0.02 * rate, momentum=0.95, weight_decay=0.01),
        torch.optim.AdamW(others, lr=0.004 * rate, betas=(0.9, 0.98), weight_decay=0.01),
    ]
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / warm_up, 1.0) * (1 - step / steps))
        for optimizer in optimizers
    ]
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {tokenizer.get_vocab_size()} tokens", flush=True)
    started, shown = time.monotonic(), 0.0
    for step, (inputs, targets) in enumerate(batches(tokenizer, arguments.seed + 1, arguments.tokens), start=1):
        loss = loss_of(model, forward(inputs), targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            schedule.step()
        shown = loss.item() if step == 1 else 0.95 * shown + 0.05 * loss.item()
        if step % 50 == 0:
            print(f"step {step:5d}  loss {shown:.4f}  {(time.monotonic() - started) / 60:.1f} min", flush=True)
        if step % 500 == 0 or step == steps:
            torch.save(model.state_dict(), folder / "weights.pt")
        if step == steps:
            break


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--tokens", type=int, default=4096, help="tokens in a batch")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1.0, help="factor on the learning rates")
    parser.add_argument("--go-on", action="store_true", help="from the weights in the folder, not from nothing")
    arguments = parser.parse_args()
    train(arguments.folder, arguments)


if __name__ == "__main__":
    main()
