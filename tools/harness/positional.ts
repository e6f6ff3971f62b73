/** Names before the first flag, as the value of a list parameter: `tool-server --quick` is `--only tool-server --quick`. */
export function withListNames(argv: readonly string[], flag: string): string[] {
  const firstFlag = argv.findIndex((argument) => argument.startsWith('--'));
  const names = firstFlag < 0 ? argv : argv.slice(0, firstFlag);
  const rest = firstFlag < 0 ? [] : argv.slice(firstFlag);
  return names.length === 0 ? [...rest] : [flag, names.join(','), ...rest];
}
