import 'reflect-metadata';
import { existsSync, readFileSync } from 'node:fs';
import { AppError } from '@interleave/kernel';
import { validateSync } from 'class-validator';
import { environmentNameOf, flagOf, parametersOf } from './parameter';
import type { ParameterDefinition } from './parameter';
import { parseFlags } from './parse-flags';
import { textIn } from './secret-file';

export interface SettingsSources {
  readonly argv?: readonly string[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly file?: Readonly<Record<string, string | undefined>>;
}

/** A settings class may hold rules that concern several parameters at once: sentences for what is wrong, none if all is well. */
interface CrossChecked {
  check?(): string[];
}

/**
 * Flag > environment > file > default, validated and frozen. A secret may also come from the file that `NAME_FILE` names.
 * @throws AppError `invalid_settings`, one sentence per wrong value, each saying what to set.
 */
export function loadSettings<Settings extends object>(settingsClass: new () => Settings, sources: SettingsSources): Readonly<Settings> {
  const definitions = parametersOf(settingsClass);
  const flags = parseFlags(sources.argv ?? [], definitions);
  const settings = new settingsClass();
  const complaints: string[] = [];
  for (const definition of definitions) {
    const name = environmentNameOf(definition.name);
    const text = flags[name] ?? textIn(sources.environment, definition) ?? textIn(sources.file, definition);
    // An empty variable is how compose files say "not set".
    if (text === undefined || (text === '' && definition.kind !== 'string')) continue;
    const value = parseValue(text, definition);
    if (value === undefined)
      complaints.push(`${name} (${flagOf(definition.name)}) must be ${article(definition.kind)}, but is "${shown(text, definition)}".`);
    else Reflect.set(settings, definition.name, value);
  }
  for (const { property, constraints } of complaints.length > 0 ? [] : validateSync(settings, { forbidUnknownValues: false })) {
    for (const constraint of Object.values(constraints ?? {})) {
      complaints.push(`${environmentNameOf(property)} (${flagOf(property)}): ${constraint}.`);
    }
  }
  if (complaints.length === 0) complaints.push(...((settings as CrossChecked).check?.() ?? []));
  if (complaints.length > 0) throw new AppError('invalid_settings', complaints.join('\n'));
  return Object.freeze(settings);
}

function parseValue(text: string, definition: ParameterDefinition): unknown {
  switch (definition.kind) {
    case 'string':
      return text;
    case 'integer':
      return /^-?\d+$/.test(text.trim()) ? Number(text) : undefined;
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'boolean':
      if (/^(true|yes|on|1)$/i.test(text)) return true;
      return /^(false|no|off|0)$/i.test(text) ? false : undefined;
    case 'list':
      // A file of keys has one a line.
      return parseList(text, /[,\n]/);
    case 'list-or-file':
      return parseList(existsSync(text.trim()) ? readFileSync(text.trim(), 'utf8') : text, ',');
  }
}

/** `a,b`, or a JSON array where an element holds a comma or outer blanks. */
function parseList(text: string, separator: string | RegExp): string[] | undefined {
  if (text.trimStart().startsWith('[')) {
    try {
      const parsed: unknown = JSON.parse(text);
      return Array.isArray(parsed) && parsed.every((element) => typeof element === 'string') ? parsed : undefined;
    } catch (_notJson) {
      return undefined;
    }
  }
  return text
    .split(separator)
    .map((element) => element.trim())
    .filter((element) => element !== '');
}

function article(kind: ParameterDefinition['kind']): string {
  const names = {
    string: 'text',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    list: 'a comma-separated list or a JSON array of strings',
  };
  return names[kind === 'list-or-file' ? 'list' : kind];
}

function shown(text: string, definition: ParameterDefinition): string {
  return definition.isSecret ? '…' : text.slice(0, 80);
}
