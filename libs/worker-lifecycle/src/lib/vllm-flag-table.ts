import { compareVersions, parseVllmVersion } from './vllm-version';
import type { VllmVersion } from './vllm-version';
import { FLAGS_ADDED, FLAGS_REMOVED } from './vllm-flags';

export interface VllmFlag {
  /** Without its dashes. */
  readonly name: string;
  readonly since: VllmVersion;
  /** The first release without it, and what to do there. */
  readonly gone: { readonly in: VllmVersion; readonly instead: string } | null;
}

const FLAGS = buildTable();

export const OLDEST_VLLM = versionOf(FLAGS_ADDED[0]?.[0] ?? '');
export const NEWEST_VLLM = versionOf(FLAGS_ADDED.at(-1)?.[0] ?? '');

/** The flag that a word of a command line sets: `--max_num_seqs=4` and `--no-enable-lora` are read as vLLM reads them. */
export function findVllmFlag(word: string): VllmFlag | null {
  const name = flagName(word);
  if (name === null) return null;
  return FLAGS.get(name) ?? (name.startsWith('no-') ? (FLAGS.get(name.slice('no-'.length)) ?? null) : null);
}

/** Null for what is no long flag. */
export function flagName(word: string): string | null {
  const match = /^--([A-Za-z][\w-]*)/.exec(word);
  return match?.[1] === undefined ? null : match[1].replaceAll('_', '-');
}

export function hasFlag({ since, gone }: VllmFlag, version: VllmVersion): boolean {
  return compareVersions(version, since) >= 0 && (gone === null || compareVersions(version, gone.in) < 0);
}

/** Names of the flags that a release has. */
export function flagsOf(version: VllmVersion): string[] {
  return [...FLAGS.values()].filter((flag) => hasFlag(flag, version)).map(({ name }) => name);
}

function buildTable(): Map<string, VllmFlag> {
  const flags = new Map<string, VllmFlag>();
  for (const [version, names] of FLAGS_ADDED) {
    for (const name of words(names)) flags.set(name, { name, since: versionOf(version), gone: null });
  }
  for (const [version, names, instead] of FLAGS_REMOVED) {
    for (const name of words(names)) {
      const flag = flags.get(name);
      if (flag) flags.set(name, { ...flag, gone: { in: versionOf(version), instead } });
    }
  }
  return flags;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

function versionOf(text: string): VllmVersion {
  const version = parseVllmVersion(text);
  if (version === null) throw new RangeError(`"${text}" is no release of vLLM.`);
  return version;
}
