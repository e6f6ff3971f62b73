import { environmentNameOf, parametersOf } from './parameter';

/** Settings as environment variables, the way `npm start` hands them to a service: nothing of them on a command line. */
export function environmentOf<Settings extends object>(settingsClass: new () => Settings, settings: Settings): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const { name } of parametersOf(settingsClass)) {
    const value: unknown = Reflect.get(settings, name);
    if (value === undefined || value === null) continue;
    variables[environmentNameOf(name)] = Array.isArray(value) ? JSON.stringify(value) : String(value);
  }
  return variables;
}
