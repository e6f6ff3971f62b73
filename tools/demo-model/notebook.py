"""Runs the model's Python as the tool server does: state stays from call to call, errors become tracebacks.

As a program it reads one JSON string of code per line and answers each with one JSON string of output,
so that model-written code runs in a process of its own.
"""

import contextlib
import io
import json
import sys
import traceback


class Notebook:
    """A namespace that lives as long as one conversation's calls."""

    def __init__(self) -> None:
        self.namespace: dict[str, object] = {"__name__": "__main__"}
        self.calls = 0

    def run(self, code: str) -> str:
        """What the code printed, then the traceback if it raised; without the last newline."""
        self.calls += 1
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                exec(compile(code, f"<cell {self.calls}>", "exec"), self.namespace)
            except Exception as error:
                print(self._traceback(error, code.splitlines()))
        return printed.getvalue().rstrip("\n")

    def _traceback(self, error: Exception, lines: list[str]) -> str:
        """Python's own form, with nothing but the frames of this cell."""
        cell = f"<cell {self.calls}>"
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == cell]
        shown = [
            f'  File "{cell}", line {frame.lineno}, in {frame.name}\n    {lines[frame.lineno - 1].strip()}'
            for frame in frames
        ]
        last = "".join(traceback.format_exception_only(error)).strip()
        return "\n".join(["Traceback (most recent call last):", *shown, last])


def observation(output: str) -> str:
    """The output as the server puts it behind the model's call."""
    return f"\n{output}\n```\n"


def main() -> None:
    notebook = Notebook()
    for line in sys.stdin:
        print(json.dumps(notebook.run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
