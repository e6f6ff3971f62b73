import { memory } from '../variable-kind';
import type { VariableKind } from '../variable-kind';

/** Objects of the packages that models reach for. */
export const SCIENCE: readonly VariableKind[] = [
  memory(
    'numpy array and a view',
    (v, n) => `import numpy as np; ${v} = np.arange(1000.0) * ${n}; ${v}_view = ${v}[::3]`,
    (v, n) => `${v}_view += ${n} + 1`,
    (v) => `float(${v}.sum()), float(${v}_view[5]), ${v}_view.base is ${v}`,
    3,
  ),
  memory(
    'numpy array of 8 MB',
    (v, n) => `import numpy as np; ${v} = np.ones(1_000_000) * ${n}`,
    (v) => `${v}[::7] += 1`,
    (v) => `float(${v}.sum())`,
  ),
  memory(
    'numpy generator',
    (v, n) => `import numpy as np; ${v} = np.random.default_rng(${n})`,
    (v) => `${v}.random(3)`,
    (v) => `${v}.bit_generator.state`,
  ),
  memory(
    'global numpy generator',
    (v, n) => `import numpy as np; np.random.seed(${n}); ${v} = np.random`,
    (v) => `${v}.rand(2)`,
    (v) => `(lambda s: (s[0], int(s[1].sum()), s[2:]))(${v}.get_state())`,
  ),
  memory(
    'numpy matrix solved',
    (v, n) => `import numpy as np; ${v} = np.eye(20) * ${n + 1} + 0.5`,
    (v) => `${v} = np.linalg.inv(${v})`,
    (v) => `round(float(np.linalg.det(${v})), 9), ${v}.shape`,
  ),
  memory(
    'numpy print options',
    (v, n) => `import numpy as np; np.set_printoptions(precision=${n % 7}); ${v} = np`,
    () => `np.set_printoptions(precision=np.get_printoptions()["precision"] + 1)`,
    (v) => `${v}.get_printoptions()["precision"]`,
  ),
  memory(
    'sympy expression',
    (v, n) => `import sympy; ${v}_x = sympy.Symbol("x"); ${v} = sympy.expand((${v}_x + ${n}) ** 3)`,
    (v, n) => `${v} = sympy.diff(${v} * ${v}_x, ${v}_x) + ${n}`,
    (v) => `str(${v}), ${v}.free_symbols == {${v}_x} or not ${v}.free_symbols`,
    3,
  ),
  memory(
    'sympy roots',
    (v, n) => `import sympy; ${v}_y = sympy.Symbol("y", positive=True); ${v} = sympy.solve(${v}_y ** 2 - ${n + 1}, ${v}_y)`,
    (v) => `${v}.append(sympy.sqrt(len(${v}) + 1))`,
    (v) => `str(${v}), ${v}_y.is_positive`,
  ),
  memory(
    'sympy matrix',
    (v, n) => `import sympy; ${v} = sympy.Matrix([[1, ${n}], [3, 4]])`,
    (v) => `${v} = ${v} * ${v}`,
    (v) => `str(${v}), str(${v}.det())`,
  ),
  memory(
    'mpmath precision',
    (v, n) => `import mpmath; mpmath.mp.dps = ${20 + (n % 30)}; ${v} = mpmath.pi * 1`,
    (v) => `mpmath.mp.dps += 1; ${v} = mpmath.sqrt(${v})`,
    (v) => `str(${v}), mpmath.mp.dps`,
  ),
  memory(
    'pandas frame',
    (v, n) => `import pandas as pd; ${v} = pd.DataFrame({"a": range(${(n % 50) + 3}), "b": "x"})`,
    (v) => `${v}["a"] = ${v}["a"] * 2; ${v}.loc[len(${v})] = [1, "y"]`,
    (v) => `${v}.to_csv()`,
  ),
  memory(
    'pandas groups',
    (v, n) => `import pandas as pd; ${v} = pd.Series(range(${(n % 50) + 9})).groupby(lambda i: i % 3).sum()`,
    (v) => `${v} += 1`,
    (v) => `${v}.to_dict()`,
    0.5,
  ),
];
