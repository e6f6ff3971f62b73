import { memory } from '../variable-kind';
import type { VariableKind } from '../variable-kind';

/** What the language itself has. */
export const PLAIN: readonly VariableKind[] = [
  memory(
    'int',
    (v, n) => `${v} = ${n} * 7919`,
    (v, n) => `${v} += ${n} + 1`,
  ),
  memory(
    'large int',
    (v, n) => `${v} = 3 ** (200 + ${n})`,
    (v, n) => `${v} *= ${n} + 2`,
  ),
  memory(
    'float',
    (v, n) => `${v} = ${n} / 7`,
    (v) => `${v} = ${v} * 1.5 + 1`,
  ),
  memory(
    'nan and infinity',
    (v) => `${v} = [float("nan"), float("-inf")]`,
    (v, n) => `${v}.append(${n}.5)`,
  ),
  memory(
    'complex',
    (v, n) => `${v} = complex(${n}, -1)`,
    (v) => `${v} *= 2j`,
  ),
  memory(
    'string',
    (v, n) => `${v} = "é€😀\\ud800" + "x" * ${n}`,
    (v, n) => `${v} += chr(0x4e00 + ${n})`,
  ),
  memory(
    'bytes',
    (v, n) => `${v} = bytes(range(${n % 200}, ${(n % 200) + 20}))`,
    (v) => `${v} += b"\\x00\\xff"`,
  ),
  memory(
    'bytearray and a view of it',
    (v, n) => `${v} = bytearray(${n + 8}); ${v}_view = memoryview(${v})`,
    (v, n) => `${v}[0] = (${v}[0] + ${n} + 1) % 256`,
    (v) => `bytes(${v}), ${v}_view[0]`,
  ),
  memory(
    'list with an alias',
    (v, n) => `${v} = [${n}, "two", None]; ${v}_alias = ${v}`,
    (v, n) => `${v}.append([${n}])`,
    (v) => `${v}, ${v} is ${v}_alias`,
  ),
  memory(
    'list that holds itself',
    (v, n) => `${v} = [${n}]; ${v}.append(${v})`,
    (v, n) => `${v}.insert(0, ${n})`,
    (v) => `repr(${v}), ${v}[-1] is ${v}`,
  ),
  memory(
    'nested dict',
    (v, n) => `${v} = {"a": {"b": [${n}]}, ("t", 1): {2}}`,
    (v, n) => `${v}["a"]["b"].append(${n}); ${v}[${n}] = None`,
  ),
  memory(
    'set',
    (v, n) => `${v} = set(range(${n % 9}, 20, 3))`,
    (v, n) => `${v} ^= {${n}, 3, 100}`,
    (v) => `sorted(${v})`,
  ),
  memory(
    'tuple',
    (v, n) => `${v} = (${n}, (${n}, "x"))`,
    (v, n) => `${v} += (${n},)`,
  ),
  memory(
    'array of a hundred thousand',
    (v, n) => `${v} = list(range(${n}, ${n} + 100_000))`,
    (v, n) => `${v}[${n}] = -${n} - 1; ${v}.append(len(${v}))`,
    (v) => `sum(${v}), len(${v})`,
  ),
];
