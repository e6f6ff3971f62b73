/** Variables of this process that are to be passed on to another one: what it gets is chosen by name, never all there is. */
export function selectedEnvironment(isSelected: (name: string) => boolean): Record<string, string> {
  const selected: Record<string, string> = {};
  // eslint-disable-next-line no-restricted-properties -- settings is where the environment is read
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined && isSelected(name)) selected[name] = value;
  return selected;
}
