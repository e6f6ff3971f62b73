import { AppError } from '@interleave/kernel';
import { environmentNameOf, flagOf } from './parameter';
import type { ParameterDefinition } from './parameter';

/**
 * Reads `--max-turns 4`, `--max-turns=4`, `--max_turns 4`, `--enable-mtrl` and `--no-enable-mtrl` into values by environment
 * name (`MAX_TURNS`), the one spelling that all sources share. An unknown flag is an error that names the nearest known one.
 */
export function parseFlags(argv: readonly string[], definitions: readonly ParameterDefinition[]): Record<string, string> {
  const byFlag = new Map(definitions.map((definition) => [flagOf(definition.name), definition]));
  const values: Record<string, string> = {};
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    if (!argument.startsWith('--')) {
      throw new AppError('invalid_settings', `Unexpected argument "${argument}": parameters are written as --name value.`);
    }
    const [rawFlag = '', inlineValue] = splitOnce(argument, '=');
    const flag = rawFlag.replaceAll('_', '-');
    const negated = flag.startsWith('--no-') ? byFlag.get(`--${flag.slice('--no-'.length)}`) : undefined;
    const definition = byFlag.get(flag) ?? (negated?.kind === 'boolean' ? negated : undefined);
    if (!definition) throw new AppError('invalid_settings', `Unknown parameter ${rawFlag}.${suggestion(flag, [...byFlag.keys()])}`);
    if (definition.isSecret) {
      throw new AppError(
        'invalid_settings',
        `${rawFlag} is a secret and would be visible in the process list: set ${environmentNameOf(definition.name)} in the environment or the file.`,
      );
    }
    const next = argv[index + 1];
    let value: string;
    if (inlineValue !== undefined) value = inlineValue;
    else if (definition.kind === 'boolean' && (next === undefined || !/^(true|false|yes|no|on|off|1|0)$/i.test(next))) {
      value = negated && !byFlag.has(flag) ? 'false' : 'true';
    } else if (next === undefined) throw new AppError('invalid_settings', `${rawFlag} needs a value: ${rawFlag} <${definition.kind}>.`);
    else {
      value = next;
      index += 1;
    }
    values[environmentNameOf(definition.name)] = value;
  }
  return values;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function suggestion(flag: string, known: readonly string[]): string {
  const nearest = known
    .map((candidate) => ({ candidate, distance: editDistance(flag, candidate) }))
    .sort((left, right) => left.distance - right.distance)[0];
  return nearest && nearest.distance <= 4 ? ` Did you mean ${nearest.candidate}?` : ' --help lists them all.';
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
