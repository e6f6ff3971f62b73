"""Runs one cell of user code the way a notebook does, and describes what came of it.

Runs in the same process as the user's code, which may have broken anything. So this module keeps its
own copy of the builtins, taken before any user code ran; and nothing it reports is taken for a fact.
"""
import builtins

__builtins__ = dict(vars(builtins))  # functions below look names up here, not in what user code has patched

import ast
import io
import linecache
import os
import sys
import traceback

MAX_VALUE_CHARACTERS = 64 * 2**10
MAX_MESSAGE_CHARACTERS = 8 * 2**10
MAX_TRACEBACK_CHARACTERS = 32 * 2**10

_HERE = os.path.dirname(__file__)


def run_cell(number, code, namespace):
    """Returns a report: {value, error: {type, message, traceback} | None, exit_code: int | None}."""
    filename = f"<cell {number}>"
    report = {"value": None, "error": None, "exit_code": None}
    try:
        _remember_source(filename, code)
        body, last = _compile(code, filename)
    except BaseException as error:
        report["error"] = describe(error, with_stack=False)  # the stack would be ours
        return report
    try:
        if body is not None:
            exec(body, namespace)
        if last is not None:
            value = eval(last, namespace)
            if value is not None:
                namespace["_"] = value
                report["value"] = cut_middle(repr(value), MAX_VALUE_CHARACTERS)
    except SystemExit as exit_request:
        report["exit_code"] = _exit_code(exit_request)
        if report["exit_code"] != 0:
            report["error"] = describe(exit_request)
    except BaseException as error:
        report["error"] = describe(error)
    return report


def describe(error, with_stack=True):
    """Never raises: an exception whose own parts are broken is still named."""
    name = type(error).__name__
    try:
        message = str(error) if not isinstance(error, SyntaxError) else str(error.msg)
    except BaseException:
        message = "<exception str() failed>"  # traceback's own words for it
    try:
        text = "".join(_format(error) if with_stack else traceback.format_exception_only(error))
    except BaseException:
        text = f"{name}: {message}"
    return {
        "type": name,
        "message": cut_middle(message, MAX_MESSAGE_CHARACTERS),
        "traceback": cut_middle(text.rstrip("\n"), MAX_TRACEBACK_CHARACTERS),
    }


def cut_middle(text, limit):
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n... [{len(text) - 2 * half} characters cut] ...\n{text[-half:]}"


def _compile(code, filename):
    """(statements, last expression), either may be None. Compiled apart so that the last value can be shown."""
    tree = ast.parse(code, filename)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = compile(ast.Expression(tree.body.pop().value), filename, "eval", dont_inherit=True)
    body = compile(tree, filename, "exec", dont_inherit=True) if tree.body else None
    return body, last


def _remember_source(filename, code):
    # No modification time: linecache then never checks the entry against a file.
    linecache.cache[filename] = (len(code), None, code.splitlines(keepends=True), filename)


def _exit_code(exit_request):
    code = exit_request.code
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code)
    print(code, file=sys.stderr)  # as the interpreter does
    return 1


def _format(error):
    """Lines as Python prints them, without our own frames."""
    described = traceback.TracebackException.from_exception(error, compact=True)
    _hide_own_frames(described, set())
    lines = list(described.format())
    lines[-1] = _with_suggestion(lines[-1], error)
    return lines


def _hide_own_frames(described, seen):
    if described is None or id(described) in seen:
        return
    seen.add(id(described))
    described.stack[:] = [frame for frame in described.stack if not frame.filename.startswith(_HERE)]
    _hide_own_frames(described.__cause__, seen)
    _hide_own_frames(described.__context__, seen)


def _with_suggestion(last_line, error):
    """Python 3.11 makes its "Did you mean" only when it prints an exception itself."""
    if not isinstance(error, (NameError, AttributeError)):
        return last_line
    visible, sys.stderr = sys.stderr, io.StringIO()
    try:
        sys.__excepthook__(type(error), error, None)
        printed = sys.stderr.getvalue()
    finally:
        sys.stderr = visible
    start = printed.rfind(last_line.rstrip("\n") + ". Did you mean:")
    return printed[start:] if start >= 0 else last_line
