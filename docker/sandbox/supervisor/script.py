"""Runs a program the way `python3 main.py` does: what it writes, and nothing else, comes of it.

As in `cell`, everything here runs in the process of untrusted code, and nothing it reports is a fact.
"""
import builtins

__builtins__ = dict(vars(builtins))  # functions below look names up here, not in what user code has patched

import atexit
import gc
import os
import sys
import threading
import types

from . import cell

PATH = "/tmp/main.py"

_HERE = os.path.dirname(__file__)
_INPUT = builtins.input


def run_script(code, prelude, namespace):
    """Returns a report as `cell.run_cell` does. With a prelude the program is one of its own: its variables are fresh, the prelude
    runs before it, unseen, and at its end happens what happens at an interpreter's end. Without one (None) it works on the
    session's variables, which stay."""
    stdout, arguments = sys.stdout, sys.argv
    lenient = stdout.errors
    builtins.input = _INPUT
    sys.argv = [PATH]
    # As for a pipe: what can't be written is an error.
    stdout.reconfigure(errors="strict")
    try:
        return _run(code, "", namespace) if prelude is None else _run_alone(code, prelude)
    finally:
        sys.argv = arguments
        if not stdout.closed:
            stdout.reconfigure(errors=lenient)


def _run_alone(code, prelude):
    module = types.ModuleType("__main__")
    module.__builtins__ = builtins
    before = sys.modules.get("__main__")
    sys.modules["__main__"] = module
    report = _run(code, prelude, module.__dict__)
    for step in (threading._shutdown, atexit._run_exitfuncs):
        try:
            step()
        except BaseException as error:
            _print(error)
    # Nobody has the variables any more: destructors run, and find all other variables still there.
    sys.modules["__main__"] = before
    del module
    gc.collect()
    return report


def _run(code, prelude, namespace):
    namespace.update(__file__=PATH, __cached__=None, __annotations__={})
    report = {"value": None, "error": None, "exit_code": None}
    try:
        exec(compile(prelude, "<prelude>", "exec", dont_inherit=True), namespace)
        source = code.encode("utf-8", "surrogatepass")
        _write(source)
        exec(compile(source, PATH, "exec", dont_inherit=True), namespace)
    except SystemExit as request:
        report["exit_code"] = cell._exit_code(request)
        if report["exit_code"] != 0:
            report["error"] = cell.describe(request)
    except BaseException as error:
        report["error"] = _print(error)
    return report


def _write(source):
    """A file, because the interpreter shows lines of files; and programs look at their own."""
    try:
        with open(PATH, "wb") as file:
            file.write(source)
    except OSError:
        pass  # no room: it runs all the same, and a traceback lacks its lines


def _print(error):
    """As the interpreter itself prints an exception that nobody has caught, without our own frames."""
    stack = error.__traceback__
    while stack is not None and stack.tb_frame.f_code.co_filename.startswith(_HERE):
        stack = stack.tb_next
    error = error.with_traceback(stack)
    try:
        sys.excepthook(type(error), error, stack)
    except BaseException:
        sys.__excepthook__(type(error), error, stack)
    return cell.describe(error)
