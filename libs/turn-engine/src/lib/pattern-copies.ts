const scanning = new WeakMap<RegExp, RegExp>();
const testing = new WeakMap<RegExp, RegExp>();

/** A copy of a pattern to search a text with from its beginning, match by match. A search is over before the next one begins, so one copy does for all. */
export function scanner(pattern: RegExp): RegExp {
  const copy = scanning.get(pattern) ?? remember(scanning, pattern, new RegExp(pattern.source, pattern.flags));
  copy.lastIndex = 0;
  return copy;
}

/** A copy that says whether a text matches anywhere, and remembers nothing from one text to the next. */
export function tester(pattern: RegExp): RegExp {
  return testing.get(pattern) ?? remember(testing, pattern, new RegExp(pattern.source, pattern.flags.replace('g', '')));
}

function remember(copies: WeakMap<RegExp, RegExp>, pattern: RegExp, copy: RegExp): RegExp {
  copies.set(pattern, copy);
  return copy;
}
