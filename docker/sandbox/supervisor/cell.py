"""Runs one cell of user code the way a notebook does.

Runs in the same process as the user's code, which may have broken anything. So this module and those it uses keep their own copies
of the builtins, taken before any user code ran; and nothing they report is taken for a fact.
"""
import builtins

__builtins__ = dict(vars(builtins))  # functions below look names up here, not in what user code has patched

import __future__
import ast
import inspect
import re
import sys
import textwrap

from . import awaiting, figures
from .errors import cut_middle, describe, remember_source

MAX_VALUE_CHARACTERS = 64 * 2**10
_MAX_ITEMS = 5000
_MIN_ITEM_CHARACTERS = 3  # "0, "
_MAX_STATEMENTS = 100_000  # estimated; beyond it a syntax tree in Python objects takes too much memory to look for the last value
_MIN_RECURSION_LIMIT = 500
_NEWLINE = re.compile("\r\n|\r|\n")
_NO_STDIN = "EOF when reading a line: there is no more standard input here; write the values into the code"

# Of `from __future__ import annotations` and the like; the first of these flags is another one's in a code object.
_FUTURE_FLAGS = 0
for _name in __future__.all_feature_names:
    _FUTURE_FLAGS |= getattr(__future__, _name).compiler_flag & ~inspect.CO_NESTED
_future_flags = 0  # those in force in this session


def run_cell(number, code, namespace, style="notebook"):
    """Returns a report: {value, error: {type, message, traceback} | None, exit_code: int | None, images: [{width, height, data}]}.
    In style `script` there is neither value nor image, and no top-level `await`."""
    is_notebook = style == "notebook"
    report = {"value": None, "error": None, "exit_code": None, "images": []}
    try:
        programs = _compile(code, f"<cell {number}>", is_notebook)
    except BaseException as error:
        report["error"] = describe(error, with_stack=False)  # the stack would be ours
        return report
    namespace.pop("__warningregistry__", None)  # it goes by line numbers, whatever the cell: warnings would get lost
    if is_notebook:
        figures.begin()
        if builtins.input is __builtins__["input"]:
            builtins.input = read_line
    value = None
    try:
        value = _evaluate(programs, namespace)
        if value is not None:
            builtins._ = value
            report["value"] = _represent(value)
    except SystemExit as exit_request:
        report["exit_code"] = _exit_code(exit_request)
        if report["exit_code"] != 0:
            report["error"] = _describe_in_peace(exit_request)
    except BaseException as error:
        report["error"] = _describe_in_peace(error)
    if is_notebook:
        report["images"] = figures.finish(value)
    return report


def read_line(prompt=""):
    """input() that says why there is nothing to read."""
    print(prompt, end="", flush=True)
    if sys.stdin is None:
        raise RuntimeError("input(): lost sys.stdin")
    line = sys.stdin.readline()
    if not line:
        raise EOFError(_NO_STDIN)
    return line.removesuffix("\n")


read_line.__name__ = read_line.__qualname__ = "input"


def _compile(code, filename, is_notebook):
    """The statements, and the last expression by itself, so that its value can be shown."""
    global _future_flags
    code = code.removeprefix("\ufeff")
    remember_source(filename, code)
    flags = _future_flags | (ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if is_notebook else 0)
    if not is_notebook or code.count("\n") + code.count(",") > _MAX_STATEMENTS:
        return [compile(code, filename, "exec", flags, True)]
    try:
        tree = compile(code, filename, "exec", flags | ast.PyCF_ONLY_AST, True)
    except IndentationError:
        # A block that was cut out of an indented text.
        dedented = textwrap.dedent(code)
        if dedented == code:
            raise
        return _compile(dedented, filename, is_notebook)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or _is_muted(code, last):
        last = None
    programs = [compile(ast.Module(tree.body[: -1 if last else None], tree.type_ignores), filename, "exec", flags, True)]
    flags |= programs[0].co_flags & _FUTURE_FLAGS
    if last is not None:
        programs.append(compile(ast.Expression(last.value), filename, "eval", flags, True))
    _future_flags = flags & _FUTURE_FLAGS
    return programs


def _is_muted(code, node):
    """Whether a semicolon ends the cell: then its value is not wanted."""
    if ";" not in code:
        return False
    last_lines = _NEWLINE.split(code)[node.end_lineno - 1 :]
    last_lines[0] = last_lines[0].encode("utf-8", "surrogatepass")[node.end_col_offset :].decode("utf-8", "surrogatepass")
    return any(";" in line.partition("#")[0] for line in last_lines)


def _evaluate(programs, namespace):
    if any(program.co_flags & inspect.CO_COROUTINE for program in programs):
        return awaiting.run(programs, namespace)
    value = None
    for program in programs:
        value = eval(program, namespace)
    return value


def _represent(value):
    """repr(), without the middle of what is long. Of plain long values the middle is not even made."""
    kind = type(value)
    if kind in (str, bytes) and len(value) > MAX_VALUE_CHARACTERS:
        half = MAX_VALUE_CHARACTERS // 2
        count = half - len("b'")
        head, tail = repr(value[:count]), repr(value[-count:])
        cut = f"{len(value) - 2 * count} {'bytes' if kind is bytes else 'characters'} cut"
        return cut_middle(head[:-1], half) + f"\n... [{cut}] ...\n" + cut_middle(tail[2 if kind is bytes else 1 :], half)
    if kind in (list, tuple) and len(value) > _MAX_ITEMS:
        head = _some_items(value)
        tail = _some_items(reversed(value))[::-1]
        if len(head) + len(tail) < len(value):
            opening, closing = "[]" if kind is list else "()"
            cut = f"{len(value) - len(head) - len(tail)} items cut"
            return f"{opening}{', '.join(head)},\n... [{cut}] ...\n{', '.join(tail)}{closing}"
    return cut_middle(str.__str__(repr(value)), MAX_VALUE_CHARACTERS)


def _some_items(items):
    """The first ones, as many as fit into half of what is shown."""
    texts, left = [], MAX_VALUE_CHARACTERS // 2
    for item in items:
        texts.append(cut_middle(str.__str__(repr(item)), left))
        left -= len(texts[-1]) + len(", ")
        if left < _MIN_ITEM_CHARACTERS:
            break
    return texts


def _describe_in_peace(error):
    sys.settrace(None)
    sys.setprofile(None)
    if sys.getrecursionlimit() < _MIN_RECURSION_LIMIT:
        sys.setrecursionlimit(_MIN_RECURSION_LIMIT)
    return describe(error)


def _exit_code(exit_request):
    code = exit_request.code
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code) if -(2**31) <= code < 2**31 else 255
    try:
        print(code, file=sys.stderr)  # as the interpreter does
    except Exception:
        return 1  # can't be printed, or there is nowhere to
    return 1
