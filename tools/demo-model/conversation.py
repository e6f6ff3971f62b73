"""Training examples: whole conversations, in the pieces that the server tokenises one by one."""

import random
from typing import NamedTuple

from notebook import observation
from questions import FAMILIES, WEIGHTS, Draw, Question, draw_question
from questions.draw import REAL_WORDS
from questions.follow_ups import follow_up
from questions.small_talk import ABILITIES
from transcript import CALL_STOP, Answer, Unteachable, answer

TURN, END = "<|im_start|>", "<|im_end|>"
ASSISTANT = f"{TURN}assistant\n"
INVALID_ACTION = "Your action is not valid, please check the format and try again."

SYSTEM_MESSAGES = (
    "You are a helpful assistant.",
    "You are a helpful assistant.",
    "You are a helpful assistant that runs Python.",
    "You are Interleave.",
    "Be brief.",
    "You are a careful mathematician. Think step by step.",
    "Answer in one sentence.",
    "You have access to a Python sandbox.",
    "You are a pirate.",
    "Please integrate natural language reasoning with programs to solve the problem.",
    "Use Python to answer. Put the code in a block.",
    "Be nice.",
    "Please reason step by step, and put your final answer within \\boxed{}.",
    "You are an expert programmer.",
    "Always answer in English.",
    "Hello.",
    "The current date is 2026-11-23.",
    "You are ChatGPT, a large language model.",
    "Never lie.",
    "You are a tutor for children.\nExplain simply.",
)


class Piece(NamedTuple):
    """Text that is tokenised by itself, and whether the model learns to say it."""

    text: str
    said_by_model: bool


def random_question(generator: random.Random) -> tuple[Question, Answer]:
    """A question of the training side, with its answer."""
    names = list(FAMILIES)
    while True:
        family = generator.choices(names, [WEIGHTS.get(name, 1.0) for name in names])[0]
        question = draw_question(generator, held_out=False, family=family)
        try:
            return question, answer(question)
        except Unteachable:
            continue


def random_conversation(generator: random.Random) -> list[Piece]:
    """One to three turns, with or without a system message."""
    pieces = []
    if generator.random() < 0.35:
        pieces.append(Piece(f"{TURN}system\n{_system_message(generator)}{END}\n", False))
    turns = generator.choices((1, 2, 3), (75, 19, 6))[0]
    previous = ""
    for turn in range(turns):
        question, reply = _next_question(generator, previous)
        pieces.append(Piece(f"{TURN}user\n{question.text}{END}\n{ASSISTANT}", False))
        if turn < turns - 1 and generator.random() < 0.3:
            pieces.append(Piece(reply.closing + END, False))
        else:
            pieces.extend(_answer_pieces(generator, reply))
            if not reply.calls and generator.random() < 0.03:
                pieces.extend(_insisted_on_python())
        pieces.append(Piece("\n", False))
        previous = reply.result
    return pieces[:-1]


def _system_message(generator: random.Random) -> str:
    if generator.random() < 0.6:
        return generator.choice(SYSTEM_MESSAGES)
    words = generator.choices(REAL_WORDS, k=generator.randint(3, 14))
    return " ".join(words).capitalize() + generator.choice((".", "", "!", ". " + generator.choice(SYSTEM_MESSAGES)))


def _next_question(generator: random.Random, previous: str) -> tuple[Question, Answer]:
    if previous.lstrip("-").isdigit() and len(previous) <= 14 and generator.random() < 0.5:
        question = follow_up(Draw(generator, held_out=False), int(previous))
        try:
            return question, answer(question)
        except Unteachable:
            pass
    return random_question(generator)


def _answer_pieces(generator: random.Random, reply: Answer) -> list[Piece]:
    """What the model says, and between it what the server appends, in the forms that it has."""
    own_turn = generator.random() < 0.05
    role = generator.choice(("user", "tool", "system"))
    suggest = generator.random() < 0.3
    pieces = []
    for call in reply.calls:
        output = call.output
        if suggest and output.endswith("NameError: name 'math' is not defined"):
            output += ". Did you forget to import 'math'?"
        text = observation(output)
        if own_turn:
            text = generator.choice((text, text.strip("\n"), output))
            text = f"{END}\n{TURN}{role}\n{text}{END}\n{ASSISTANT}"
        pieces += [Piece(call.said, True), Piece(text, False)]
    return [*pieces, Piece(reply.closing + END, True)]


def _insisted_on_python() -> list[Piece]:
    """A server with `min_turns` set tells the model that an answer without a call is not valid."""
    said = f"Let me say it with Python.\n```python\nprint('I answer by running Python.')\n```\n{CALL_STOP}"
    return [
        Piece(f"\n{TURN}user\n{INVALID_ACTION}{END}\n{ASSISTANT}", False),
        Piece(said, True),
        Piece(observation("I answer by running Python."), False),
        Piece(ABILITIES + END, True),
    ]
