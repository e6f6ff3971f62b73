import { memory } from '../variable-kind';
import type { VariableKind } from '../variable-kind';

/** Code, and what belongs to the process rather than to a name. */
export const CODE: readonly VariableKind[] = [
  memory(
    'function with a default that changes',
    (v, n) => `def ${v}(x, seen=[${n}]):\n    seen.append(x)\n    return len(seen)`,
    (v, n) => `${v}(${n})`,
    (v) => `${v}.__defaults__`,
  ),
  memory(
    'closure',
    (v, n) =>
      `def ${v}_maker():\n    total = ${n}\n    def add(x):\n        nonlocal total\n        total += x\n        return total\n    return add\n${v} = ${v}_maker()`,
    (v, n) => `${v}(${n} + 1)`,
    (v) => `${v}.__closure__[0].cell_contents`,
  ),
  memory(
    'recursive function',
    (v, n) => `def ${v}(k): return 1 if k < 2 else k * ${v}(k - 1) + ${n}`,
    (v, n) => `${v}.calls = getattr(${v}, "calls", 0) + ${n} + 1`,
    (v) => `${v}(12), getattr(${v}, "calls", 0)`,
  ),
  memory(
    'lambda in a partial',
    (v, n) => `import functools; ${v} = functools.partial(lambda a, b: a * 10 + b, ${n})`,
    (v, n) => `${v} = functools.partial(${v}.func, ${n} + 1)`,
    (v) => `${v}(3)`,
  ),
  memory(
    'cached function',
    (v, n) => `import functools\n@functools.lru_cache(maxsize=None)\ndef ${v}(x): return x + ${n}`,
    (v, n) => `${v}(${n}); ${v}(-1)`,
    (v) => `tuple(${v}.cache_info())`,
  ),
  memory(
    'generator',
    (v, n) => `def ${v}_steps():\n    for i in range(${n}, 10**6):\n        yield i\n${v} = ${v}_steps(); next(${v})`,
    (v) => `next(${v})`,
    (v) => `${v}.gi_frame.f_locals`,
  ),
  memory(
    'generator that was sent to',
    (v) => `def ${v}_sum():\n    total = 0\n    while True:\n        total += (yield total)\n${v} = ${v}_sum(); next(${v})`,
    (v, n) => `${v}.send(${n} + 1)`,
    (v) => `${v}.gi_frame.f_locals`,
  ),
  memory(
    'class and its objects',
    (v, n) =>
      `class ${v}_class:\n    count = 0\n    def __init__(self, x): self.x = x; type(self).count += 1\n    @property\n    def double(self): return self.x * 2\nclass ${v}_sub(${v}_class):\n    def __repr__(self): return f"sub {self.x}"\n${v} = [${v}_class(${n}), ${v}_sub(2)]`,
    (v, n) => `${v}.append(${v}_sub(${n}))`,
    (v) => `[(o.x, o.double) for o in ${v}], ${v}_class.count, repr(${v}[1]), isinstance(${v}[1], ${v}_class)`,
  ),
  memory(
    'dataclass',
    (v, n) =>
      `import dataclasses\n@dataclasses.dataclass\nclass ${v}_class:\n    x: int\n    y: list = dataclasses.field(default_factory=list)\n${v} = ${v}_class(${n})`,
    (v, n) => `${v}.y.append(${n}); ${v} = dataclasses.replace(${v}, x=${v}.x + 1)`,
  ),
  memory(
    'enum',
    (v, n) => `import enum\n${v}_enum = enum.Enum("${v}_enum", "RED GREEN BLUE")\n${v} = list(${v}_enum)[${n % 3}]`,
    (v) => `${v} = ${v}_enum(${v}.value % 3 + 1)`,
    (v) => `${v}.name, ${v} is ${v}_enum[${v}.name]`,
  ),
  memory(
    'namedtuple',
    (v, n) => `from collections import namedtuple; ${v}_type = namedtuple("${v}_type", "a b"); ${v} = ${v}_type(${n}, 2)`,
    (v) => `${v} = ${v}._replace(b=${v}.b + 1)`,
  ),
  memory(
    'signal handler',
    (v) => `import signal\ndef ${v}(*_): pass\nsignal.signal(signal.SIGUSR1, ${v})`,
    (v, n) => `${v}.mark = ${n}`,
    (v) => `getattr(${v}, "mark", None), callable(signal.getsignal(signal.SIGUSR1))`,
  ),
  memory(
    'recursion limit',
    (v, n) => `import sys; sys.setrecursionlimit(2000 + ${n}); ${v} = sys`,
    () => `sys.setrecursionlimit(sys.getrecursionlimit() + 1)`,
    (v) => `${v}.getrecursionlimit()`,
  ),
  memory(
    'environment',
    (v, n) => `import os; os.environ["${v}"] = "${n}"; ${v} = os.environ`,
    (v) => `os.environ["${v}"] += "!"`,
    (v) => `${v}["${v}"], os.getenv("${v}")`,
  ),
  memory(
    'working directory',
    (v, n) => `import os; os.makedirs("/tmp/${v}-${n}", exist_ok=True); os.chdir("/tmp/${v}-${n}"); ${v} = os.getcwd`,
    (v, n) => `os.makedirs("/tmp/${v}-${n}-too", exist_ok=True); os.chdir("/tmp/${v}-${n}-too")`,
    (v) => `${v}()`,
  ),
];
