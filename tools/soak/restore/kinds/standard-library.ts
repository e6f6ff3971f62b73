import { memory } from '../variable-kind';
import type { VariableKind } from '../variable-kind';

/** What the standard library has. */
export const STANDARD_LIBRARY: readonly VariableKind[] = [
  memory(
    'deque',
    (v, n) => `from collections import deque; ${v} = deque(range(${n}), maxlen=7)`,
    (v, n) => `${v}.appendleft(${n} + 1000)`,
  ),
  memory(
    'Counter',
    (v) => `from collections import Counter; ${v} = Counter("interleave")`,
    (v, n) => `${v}["e"] += ${n} + 1`,
    (v) => `sorted(${v}.items())`,
  ),
  memory(
    'defaultdict of a lambda',
    (v, n) => `from collections import defaultdict; ${v} = defaultdict(lambda: ${n})`,
    (v, n) => `${v}["k${n}"] += 1`,
    (v) => `dict(${v}), ${v}.default_factory()`,
  ),
  memory(
    'OrderedDict',
    (v, n) => `from collections import OrderedDict; ${v} = OrderedDict(a=${n}, b=2)`,
    (v) => `${v}.move_to_end("a"); ${v}[len(${v})] = 0`,
    (v) => `list(${v}.items())`,
  ),
  memory(
    'heap',
    (v, n) => `import heapq; ${v} = [9, ${n}, 4]; heapq.heapify(${v})`,
    (v, n) => `heapq.heappush(${v}, ${n} * 2)`,
  ),
  memory(
    'array',
    (v, n) => `import array; ${v} = array.array("d", [${n}, 2])`,
    (v, n) => `${v}.append(${n} / 3)`,
  ),
  memory(
    'Fraction',
    (v, n) => `from fractions import Fraction; ${v} = Fraction(${n}, 17)`,
    (v) => `${v} += Fraction(1, 3)`,
  ),
  memory(
    'Decimal',
    (v, n) => `from decimal import Decimal; ${v} = Decimal("${n}.1")`,
    (v) => `${v} = ${v} / 3`,
    (v) => `str(${v})`,
  ),
  memory(
    'decimal context',
    (v, n) => `import decimal; ${v} = decimal.getcontext(); ${v}.prec = ${20 + (n % 30)}`,
    (v) => `${v}.prec += 1`,
    (v) => `decimal.getcontext().prec, ${v} is decimal.getcontext()`,
  ),
  memory(
    'datetime',
    (v, n) => `import datetime; ${v} = datetime.datetime(2026, 1, 1 + ${n % 28})`,
    (v, n) => `${v} += datetime.timedelta(hours=${n} + 1)`,
  ),
  memory(
    'random generator',
    (v, n) => `import random; ${v} = random.Random(${n})`,
    (v) => `${v}.random()`,
    (v) => `${v}.getstate()`,
  ),
  memory(
    'global random generator',
    (v, n) => `import random; random.seed(${n}); ${v} = random`,
    (v) => `${v}.random()`,
    (v) => `${v}.getstate()`,
  ),
  memory(
    'iterator',
    (v, n) => `${v} = iter(list(range(50 + ${n % 9})))`,
    (v) => `next(${v})`,
    (v) => `${v}.__length_hint__()`,
  ),
  memory(
    'itertools.count',
    (v, n) => `import itertools; ${v} = itertools.count(${n})`,
    (v) => `next(${v})`,
    (v) => `repr(${v})`,
  ),
  memory(
    'StringIO',
    (v, n) => `import io; ${v} = io.StringIO("line\\n" * ${n + 3})`,
    (v) => `${v}.readline(); ${v}.write("x")`,
    (v) => `${v}.getvalue(), ${v}.tell()`,
  ),
  memory(
    'pattern and match',
    (v, n) => `import re; ${v} = re.search(r"(\\d+)-(\\w)", "x ${n}-y")`,
    (v, n) => `${v} = re.search(r"(\\d+)", "z${n}1")`,
    (v) => `${v}.group(0), ${v}.re.pattern`,
  ),
  memory(
    'queue',
    (v, n) => `import queue; ${v} = queue.Queue(); ${v}.put(${n})`,
    (v, n) => `${v}.put(${n} + 1)`,
    (v) => `list(${v}.queue)`,
  ),
  memory(
    'lock',
    (v) => `import threading; ${v} = threading.Lock()`,
    (v) => `${v}.release() if ${v}.locked() else ${v}.acquire()`,
    (v) => `${v}.locked()`,
  ),
  memory(
    'thread-local',
    (v, n) => `import threading; ${v} = threading.local(); ${v}.x = ${n}`,
    (v) => `${v}.x += 1`,
    (v) => `${v}.x`,
  ),
  memory(
    'context variable',
    (v, n) => `import contextvars; ${v} = contextvars.ContextVar("${v}"); ${v}.set(${n})`,
    (v) => `${v}.set(${v}.get(0) + 1)`,
    (v) => `${v}.get("unset")`,
  ),
  memory(
    'weak references',
    (v) => `import weakref\nclass ${v}_class: pass\n${v}_strong = [${v}_class()]\n${v} = weakref.WeakSet(${v}_strong)`,
    (v) => `${v}_strong.append(${v}_class()); ${v}.add(${v}_strong[-1])`,
    (v) => `len(${v}), len(${v}_strong)`,
  ),
  memory(
    'exception with its traceback',
    (v, n) => `try: [][${n}]\nexcept IndexError as error: ${v} = error`,
    (v, n) => `${v}.add_note("${n}")`,
    (v) => `${v}.args, ${v}.__traceback__ is not None, getattr(${v}, "__notes__", [])`,
  ),
  memory(
    'logger',
    (v, n) => `import logging; ${v} = logging.getLogger("${v}"); ${v}.setLevel(${n} + 1)`,
    (v) => `${v}.setLevel(${v}.level + 1)`,
    (v) => `${v}.level, ${v}.name`,
  ),
  memory(
    'private mapping',
    (v, n) => `import mmap; ${v} = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS); ${v}[0] = ${n % 256}`,
    (v) => `${v}[0] = (${v}[0] + 1) % 256`,
    (v) => `${v}[:16]`,
  ),
  memory(
    'ctypes buffer',
    (v, n) => `import ctypes; ${v} = ctypes.create_string_buffer(b"${n}", 32)`,
    (v, n) => `${v}.value = b"${n}!" + ${v}.value[:8]`,
    (v) => `${v}.raw`,
  ),
  memory(
    'imported module',
    (v, n) => `import ${['statistics', 'colorsys', 'zipfile', 'html.parser', 'wave', 'fileinput'][n % 6]} as ${v}`,
    (v) => `${v}.marked = getattr(${v}, "marked", 0) + 1`,
    (v) => `${v}.__name__, getattr(${v}, "marked", 0)`,
  ),
  memory(
    'module made by hand',
    (v, n) => `import sys, types; ${v} = sys.modules["${v}"] = types.ModuleType("${v}"); ${v}.x = ${n}`,
    (v) => `import ${v} as again; again.x += 1`,
    (v) => `${v}.x, sys.modules["${v}"] is ${v}`,
  ),
];
