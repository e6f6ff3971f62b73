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

from . import cell

PATH = "/tmp/main.py"

_HERE = os.path.dirname(__file__)
_INPUT = builtins.input


def run_script(code, prelude, namespace):
    """`prelude` runs before the program in the same namespace, unseen. Returns a report as `cell.run_cell` does."""
    builtins.input = _INPUT
    sys.argv = [PATH]
    # As for a pipe: what can't be written is an error.
    sys.stdout.reconfigure(errors="strict")
    namespace.update(__file__=PATH, __cached__=None, __annotations__={})
    report = {"value": None, "error": None, "exit_code": None}
    try:
        _run(code.encode("utf-8", "surrogatepass"), prelude, namespace)
    except SystemExit as request:
        report["exit_code"] = cell._exit_code(request)
        if report["exit_code"] != 0:
            report["error"] = cell.describe(request)
    except BaseException as error:
        report["error"] = _print(error)
    _leave(namespace)
    return report


def _run(source, prelude, namespace):
    exec(compile(prelude, "<prelude>", "exec", dont_inherit=True), namespace)
    # A file, because the interpreter shows lines of files; and programs look at their own.
    try:
        with open(PATH, "wb") as file:
            file.write(source)
    except OSError:
        pass  # no room: it runs all the same, and a traceback lacks its lines
    exec(compile(source, PATH, "exec", dont_inherit=True), namespace)


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


def _leave(namespace):
    """What an interpreter does at its end: waits for threads, calls what asked for it, lets go of the program's variables."""
    for step in (threading._shutdown, atexit._run_exitfuncs, lambda: _clear(namespace), gc.collect):
        try:
            step()
        except BaseException as error:
            _print(error)


def _clear(namespace):
    for is_private in (True, False):
        for name in list(namespace):
            if name != "__builtins__" and (name.startswith("_") and not name.startswith("__")) == is_private:
                namespace[name] = None
