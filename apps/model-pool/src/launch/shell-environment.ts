const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Variables as a file that a shell reads with `.`; nothing in a value means anything to it. */
export function shellEnvironment(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .filter(([name]) => NAME.test(name))
    .map(([name, value]) => `${name}='${value.replaceAll('\0', '').replaceAll("'", `'\\''`)}'\n`)
    .join('');
}
