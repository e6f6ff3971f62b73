"""Runs the checks of a client one after another; each leaves as a line of JSON."""

import json

ANSWER = "The answer is 42."
OBSERVATION = "```output\n42\n```\n"


def assert_transcript(text):
    assert OBSERVATION in text, f"no tool output in {text!r}"
    assert text.endswith(ANSWER), f"not the answer: {text!r}"


def assert_raises(kind, call, **facts):
    try:
        call()
    except kind as error:
        for name, value in facts.items():
            assert getattr(error, name) == value, f"{name} is {getattr(error, name)!r}"
        return
    raise AssertionError(f"no {kind.__name__}")


def run_checks(client, checks):
    for check, run in checks.items():
        failure = None
        try:
            run()
        except Exception as error:  # noqa: BLE001 - whatever a client throws is the check's result
            failure = f"{type(error).__name__}: {error}"
        print(json.dumps({"client": client, "check": check, "failure": failure}), flush=True)
