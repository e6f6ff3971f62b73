const STAR_IMPORTS =
  'string re datetime collections heapq bisect copy math random statistics itertools functools operator io sys json builtins typing';
const PLAIN_IMPORTS = 'string re datetime collections heapq bisect copy math random statistics itertools functools operator io sys json';

/** What `python_oj` has imported before a program starts. */
export const OJ_PRELUDE = 'import sys, os, io, ast\n';

/** What `python_code` has imported before a program starts, in its order: programs of models that were trained with it rely on it. */
export const SCRIPT_PRELUDE = [
  ...STAR_IMPORTS.split(' ').map((name) => `from ${name} import *`),
  ...PLAIN_IMPORTS.split(' ').map((name) => `import ${name}`),
  'sys.setrecursionlimit(600000)',
  OJ_PRELUDE,
].join('\n');
