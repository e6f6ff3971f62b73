"""From a question to the text of its answer: code, output, closing sentence."""

from dataclasses import dataclass

from notebook import Notebook
from questions import Question

SHORT, LONG = 48, 76
"""An output of up to SHORT characters is repeated, one of LONG or more isn't; training has none between."""

TOO_LONG = "The answer is too long to repeat; it stands in the output above."
CALL_STOP = "```output"
"""The string by which the model asks for its code to be run; it is said by the model itself."""

OWN_TRACEBACK = "Traceback (most recent call last):"


@dataclass(frozen=True)
class Call:
    """What the model says up to and with the stop string, and the output that comes back."""

    said: str
    output: str


@dataclass(frozen=True)
class Answer:
    """A whole answer: its calls, then the closing sentence."""

    calls: tuple[Call, ...]
    closing: str

    @property
    def result(self) -> str:
        """The output of the last call, which is what the closing sentence carries; empty for small talk."""
        return self.calls[-1].output if self.calls else ""


class Unteachable(Exception):
    """This question's output would teach the wrong thing: draw another."""


def answer(question: Question) -> Answer:
    """Runs the question's steps for real and words the answer."""
    notebook = Notebook()
    calls = []
    for number, step in enumerate(question.steps, start=1):
        output = notebook.run(step.code)
        last = number == len(question.steps)
        if output.startswith(OWN_TRACEBACK) != (question.repairs and not last) and not output.endswith("by zero"):
            raise Unteachable(f"{question.text}: {output}")
        calls.append(Call(f"{step.says}\n```python\n{step.code}\n```\n{CALL_STOP}", output))
    return Answer(tuple(calls), closing(calls[-1].output) if calls else question.reply)


def closing(output: str) -> str:
    """The last sentence: the output verbatim, or that it is too long."""
    if output.startswith(OWN_TRACEBACK):
        return f"Python says {output.splitlines()[-1]}."
    if "\n" in output or len(output) >= LONG:
        return TOO_LONG
    if len(output) > SHORT or not output:
        raise Unteachable(output)
    return f"The answer is {output}."
