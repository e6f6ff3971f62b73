/** How the text of a flag, a variable or a file line becomes a value. */
export type ParameterKind = 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'list-or-file';

export interface ParameterDefinition {
  /** Property of the settings class, e.g. `maxTurns`; flag `--max-turns` and variable `MAX_TURNS` follow from it. */
  readonly name: string;
  readonly kind: ParameterKind;
  readonly description: string;
  /** Never printed, never passed on a command line. */
  readonly isSecret: boolean;
}

const definitionsByClass = new WeakMap<object, ParameterDefinition[]>();

/** Makes a property of a settings class a parameter: readable from flag, environment and file, and listed in `--help`. */
export function Parameter(kind: ParameterKind, description: string, options: { readonly isSecret?: boolean } = {}): PropertyDecorator {
  return (prototype, property) => {
    const own = definitionsByClass.get(prototype) ?? [];
    own.push({ name: String(property), kind, description, isSecret: options.isSecret ?? false });
    definitionsByClass.set(prototype, own);
  };
}

/** All parameters of a settings class, those of its base classes first. */
export function parametersOf(settingsClass: abstract new (...args: never[]) => object): ParameterDefinition[] {
  const chain: object[] = [];
  for (let prototype: object = settingsClass.prototype; prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype)) {
    chain.unshift(prototype);
  }
  return chain.flatMap((prototype) => definitionsByClass.get(prototype) ?? []);
}

/** `maxTurns` → `MAX_TURNS` */
export function environmentNameOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** `maxTurns` → `--max-turns` */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
