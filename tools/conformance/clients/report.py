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


# The question that the models of dialects with functions call Python and `weather` for; see tools/conformance/function-rules.ts.
WEATHER_QUESTION = "What is the weather in Rome and Oslo?"
WEATHER_ANSWER = "Sunny in Rome, rainy in Oslo."


def weather(place):
    return f"{'sunny' if place == 'Rome' else 'rainy'} in {place}"


def assert_python_beside(text):
    """What stands beside the calls: Python's own call and what it wrote, and never one of the client's."""
    assert "Now the weather." in text, f"not the text beside the calls: {text!r}"
    assert "<tool_response>\n42\n</tool_response>" in text, f"no output of Python in {text!r}"
    assert '"weather"' not in text, f"a call of the client stands in the text: {text!r}"
