/** @param numeric from which column on cells are numbers, set to the right; none if left out */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[], numeric = head.length): string {
  const rule = head.map((_, column) => (column < numeric ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
