"""An exception of user code as a report: its type, its message, and the traceback that the interpreter would print, less our frames.

Runs in the process of the user's code, like cell.py, and trusts nothing about the exception either: its parts may raise, loop, be
of any size and refer to each other in circles.
"""
import builtins

__builtins__ = dict(vars(builtins))  # functions below look names up here, not in what user code has patched

from collections import deque
import io
import itertools
import linecache
import os
import sys
import traceback

MAX_MESSAGE_CHARACTERS = 8 * 2**10
MAX_TRACEBACK_CHARACTERS = 32 * 2**10
MAX_NAME_CHARACTERS = 200
_MAX_FRAMES = 40  # kept at each end of a stack; a function that calls itself counts once
_REPEATS_SHOWN = 3  # as in Python's own tracebacks

_HERE = os.path.join(os.path.dirname(__file__), "")
_print_exception = sys.__excepthook__
_sources = {}


def remember_source(filename, code):
    """What tracebacks and `inspect` show of a cell, whatever becomes of the cache that they look it up in."""
    lines = io.StringIO(code, newline=None).readlines()  # the newlines of Python's own; splitlines() knows more
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"  # as a file has; carets are misplaced without
    # No modification time: linecache then never checks the entry against a file.
    _sources[filename] = linecache.cache[filename] = (len(code), None, lines, filename)


def forget_sources():
    for filename in _sources:
        linecache.cache.pop(filename, None)
    _sources.clear()


def describe(error, with_stack=True):
    """{type, message, traceback}. Never raises, unless it is interrupted twice."""
    name = _name(error)
    try:
        message, text = _message(error), None
        try:
            text = _text(error, with_stack)
        except Exception:
            with _SoundBuiltins():
                text = _text(error, with_stack)
    except KeyboardInterrupt:
        message, text = "<interrupted while it was being described>", None
    except BaseException:
        text = None
    return {
        "type": name,
        "message": cut_middle(message, MAX_MESSAGE_CHARACTERS),
        "traceback": cut_middle(f"{name}: {message}" if text is None else text.rstrip("\n"), MAX_TRACEBACK_CHARACTERS),
    }


def cut_middle(text, limit):
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n... [{len(text) - 2 * half} characters cut] ...\n{text[-half:]}"


def _name(error):
    try:
        return type.__dict__["__name__"].__get__(type(error))[:MAX_NAME_CHARACTERS]
    except BaseException:
        return "Exception"


def _message(error):
    try:
        # str.__str__: of a subclass of str, the text alone.
        return str.__str__(str(error.msg if isinstance(error, SyntaxError) else error))
    except KeyboardInterrupt:
        raise
    except BaseException:
        return "<exception str() failed>"  # traceback's own words for it


def _text(error, with_stack):
    for filename, entry in _sources.items():
        linecache.cache.setdefault(filename, entry)
    # Without frames: they are put in below, with a bound on how many.
    described = traceback.TracebackException.from_exception(error, limit=0, compact=True)
    _complete_syntax_error(described)
    if not with_stack:
        return "".join(described.format_exception_only())
    _put_in_stacks(described, error)
    lines = list(described.format())
    lines[-1] = _with_suggestion(lines[-1], error)
    return "".join(lines)


def _put_in_stacks(described, error):
    pending, seen = [(described, error)], set()
    while pending:
        described, error = pending.pop()
        if described is None or id(described) in seen:
            continue
        seen.add(id(described))
        stack = _Stack(error.__traceback__)
        described.stack = stack if stack.is_worth_showing else None
        pending.append((described.__cause__, error.__cause__))
        pending.append((described.__context__, error.__context__))
        if described.exceptions:
            pending.extend(zip(described.exceptions, error.exceptions))


class _Stack:
    """In place of traceback.StackSummary, which would take minutes and gigabytes for a million frames."""

    def __init__(self, entry):
        self._head, self._tail, self._skipped = [], deque(maxlen=_MAX_FRAMES), 0
        group = None
        while entry is not None:
            code = entry.tb_frame.f_code
            if not code.co_filename.startswith(_HERE):
                if group is not None and group[0] is code and group[1].tb_lineno == entry.tb_lineno:
                    group[2] += 1
                else:
                    group = [code, entry, 1]
                    self._add(group)
            entry = entry.tb_next

    @property
    def is_worth_showing(self):
        return bool(self._head)

    def format(self, **_options):
        for group in self._head:
            yield from _format_group(*group)
        if self._skipped:
            yield f"  [{self._skipped} frames cut]\n"
        for group in self._tail:
            yield from _format_group(*group)

    def _add(self, group):
        if len(self._head) < _MAX_FRAMES:
            self._head.append(group)
            return
        if len(self._tail) == _MAX_FRAMES:
            self._skipped += self._tail[0][2]
        self._tail.append(group)


def _format_group(code, entry, count):
    line, end_line, column, end_column = next(itertools.islice(code.co_positions(), entry.tb_lasti // 2, None))
    frame = traceback.FrameSummary(
        code.co_filename, entry.tb_lineno or line, code.co_name,
        lookup_line=False, end_lineno=end_line, colno=column, end_colno=end_column,
    )  # fmt: skip
    text = traceback.StackSummary().format_frame_summary(frame)
    yield from itertools.repeat(text, min(count, _REPEATS_SHOWN))
    if count > _REPEATS_SHOWN:
        more = count - _REPEATS_SHOWN
        yield f"  [Previous line repeated {more} more time{'s' if more > 1 else ''}]\n"


def _complete_syntax_error(described):
    """What the compiler finds after parsing comes without the line it is about: it looks for a file."""
    if getattr(described, "lineno", None) is None or described.text:
        return
    lines = _sources.get(described.filename, (0, None, []))[2]
    line = int(described.lineno)
    if 0 < line <= len(lines):
        described.text = lines[line - 1]


def _with_suggestion(last_line, error):
    """Python 3.11 makes its "Did you mean" only when it prints an exception itself."""
    if sys.version_info >= (3, 12) or type(error) not in (NameError, AttributeError) or error.__traceback__ is None:
        return last_line
    entry = error.__traceback__
    while entry.tb_next is not None:
        entry = entry.tb_next
    # A copy, without what hangs on the original: that would all be printed.
    copy = type(error)(*error.args, name=error.name, **({"obj": error.obj} if type(error) is AttributeError else {}))
    visible, sys.stderr = sys.stderr, io.StringIO()
    try:
        _print_exception(type(copy), copy.with_traceback(entry), None)
        printed = sys.stderr.getvalue()
    finally:
        sys.stderr = visible
    start = printed.rfind(last_line.rstrip("\n") + ". Did you mean:")
    return printed[start:] if start >= 0 else last_line


class _SoundBuiltins:
    """The library needs builtins that user code may have replaced or deleted: for a moment they are what they were."""

    def __enter__(self):
        self._found = dict(vars(builtins))
        vars(builtins).update(__builtins__)

    def __exit__(self, *_):
        for name in set(vars(builtins)) - set(self._found):
            del vars(builtins)[name]
        vars(builtins).update(self._found)
