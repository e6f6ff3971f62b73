"""The session where there is no process to fork: CPython in WebAssembly, one interpreter for one session.

The counterpart of docker/sandbox/supervisor/worker.py: it runs one cell after the other and reports. Everything in
it is untrusted; what keeps it in is the JavaScript around it. It must import where there is nothing but the standard library.
"""
import asyncio
import builtins
import errno
import importlib
import json
import os
import random
import signal
import struct
import sys
import time
import types

from . import awaiting, cell, script

MAX_REPORT = 6 * 2**20  # images included
_SLEEP_DEVICE = "/dev/interleave-sleep"
_SLEEP_SECONDS = 0.05  # an interrupt is noticed between two of these
_HOT = (
    "abc argparse array ast base64 bisect calendar cmath collections collections.abc contextlib copy csv dataclasses datetime decimal "
    "difflib enum fractions functools glob hashlib heapq inspect io itertools json logging math numbers operator pathlib pickle pprint "
    "queue random re secrets shutil statistics string struct subprocess tempfile textwrap threading timeit typing unicodedata uuid "
    "warnings zlib"
).split()
# What leads to the JavaScript around us. The JavaScript does not rely on this: it is the first of several doors.
_BRIDGES = ("js", "pyodide_js", "pyodide", "_pyodide", "_pyodide_core", "_pyodide_http", "pyodide_http", "webbrowser")

_namespace = None
_sleep_descriptor = None
_streams = None


def prepare():
    """Once, before the memory is copied for all sessions."""
    for name in _HOT:
        importlib.import_module(name)


def start():
    """At the beginning of each session. Returns the version of Python."""
    global _namespace, _sleep_descriptor
    random.seed()  # the copied memory holds one state for all
    os.chdir("/tmp")
    _sleep_descriptor = os.open(_SLEEP_DEVICE, os.O_WRONLY)
    time.sleep = _sleep
    asyncio.set_event_loop_policy(_EventLoopPolicy())
    asyncio.run = asyncio.runners.run
    os.system = os.popen = _no_processes
    os.environ.pop("_", None)  # a path of the machine
    _burn_bridges()
    module = types.ModuleType("__main__")
    module.__builtins__ = builtins
    sys.modules["__main__"] = module
    _namespace = module.__dict__
    sys.path.insert(0, "")
    return ".".join(map(str, sys.version_info[:3]))


def run(number, body, is_script):
    """A report as JSON, for a request as JSON; None where it is too large to be one."""
    report = None
    body = json.loads(body)
    try:
        _connect_streams()
        asyncio._set_running_loop(None)  # the browser's always is
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if is_script:
            report = script.run_script(body["code"], body.get("prelude", ""), _namespace)
        else:
            report = cell.run_cell(number, body["code"], _namespace)
        _settle()
    except KeyboardInterrupt as error:
        # The second interrupt met us while the first was being described.
        _settle()
        report = report or {"value": None, "error": cell.describe(error), "exit_code": None}
    text = json.dumps(report)
    return text if len(text) <= MAX_REPORT else None


def _burn_bridges():
    for name in [name for name in sys.modules if name.partition(".")[0] in (*_BRIDGES, __package__)]:
        del sys.modules[name]
    for name in _BRIDGES:
        sys.modules[name] = None
    sys.meta_path[:] = [finder for finder in sys.meta_path if not type(finder).__module__.startswith("_pyodide")]


def _connect_streams():
    """The objects stay the same ones while they work: logging handlers and the like keep references to them."""
    global _streams
    stdin = open(0, "r", encoding="utf-8", errors="replace", closefd=False)
    if _streams is None or any(stream.closed for stream in _streams):
        # Line by line like a terminal: what was printed before a hard kill has left the interpreter.
        _streams = (
            open(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False),
            open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False),
        )
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__ = stdin, *_streams


def _settle():
    """Nothing of this call goes off in the next one, and all it wrote is out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.settrace(None)
    sys.setprofile(None)
    for stream in {sys.stdout, sys.stderr, *_streams}:
        try:
            stream.flush()
        except Exception:
            continue  # closed or replaced by user code: there is nothing of it to keep


def _sleep(seconds, /, *, _now=time.monotonic, _write=os.write):
    """time.sleep() that can be interrupted and does not keep a core busy."""
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    deadline = _now() + seconds
    while (left := deadline - _now()) > 0:
        _write(_sleep_descriptor, struct.pack("<d", min(left, _SLEEP_SECONDS) * 1000))


_sleep.__name__ = _sleep.__qualname__ = "sleep"


def _no_processes(*_arguments, **_options):
    raise OSError(errno.ENOSYS, "there are no processes here")


class _EventLoopPolicy(asyncio.events._BaseDefaultEventLoopPolicy):
    """In place of the browser's loop, which could run nothing to its end here."""

    _loop_factory = awaiting.PlainEventLoop
