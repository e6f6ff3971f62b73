const STAR_IMPORTS =
  'string re datetime collections heapq bisect copy math random statistics itertools functools operator io sys json builtins typing';
const PLAIN_IMPORTS = 'string re datetime collections heapq bisect copy math random statistics itertools functools operator io sys json';

/** What VerlTool's python_code has imported before a program starts, in its order: programs of models trained with it rely on it. */
export const PRE_IMPORTS = [
  ...STAR_IMPORTS.split(' ').map((name) => `from ${name} import *`),
  ...PLAIN_IMPORTS.split(' ').map((name) => `import ${name}`),
  'sys.setrecursionlimit(600000)',
].join('\n');
