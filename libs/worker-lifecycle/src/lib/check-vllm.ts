import { findVllmFlag, flagName, hasFlag, NEWEST_VLLM, OLDEST_VLLM } from './vllm-flag-table';
import { compareVersions, formatVersion } from './vllm-version';
import type { VllmVersion } from './vllm-version';

/** The first release that gives token ids back (`return_token_ids`). */
const FIRST_WITH_TOKEN_IDS: VllmVersion = [0, 10, 2];

/** What model-pool says itself: another word for it would leave the worker where nobody finds it, or show its key. */
const OURS = new Set(['host', 'port', 'uds', 'api-key', 'served-model-name', 'model', 'headless']);

export interface VllmFindings {
  /** Sentences: with any of them vLLM would not start, or not as it is meant. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Whether this vLLM can be used, and knows the arguments that somebody added.
 * @param version null where it isn't known: taken for the newest
 */
export function checkVllm(version: VllmVersion | null, engineArguments: readonly string[]): VllmFindings {
  if (version !== null && compareVersions(version, OLDEST_VLLM) < 0) {
    return { problems: [`This is vLLM ${formatVersion(version)}, and 0.8 is the oldest that can be used: update it.`], warnings: [] };
  }
  const taken = version ?? NEWEST_VLLM;
  const problems: string[] = [];
  const warnings = version === null ? [] : warningsOf(version);
  for (const word of engineArguments) {
    const name = flagName(word);
    if (name === null) continue;
    const flag = findVllmFlag(word);
    if (OURS.has(name)) problems.push(`ENGINE_ARGUMENTS has --${name}, which model-pool sets itself: leave it out.`);
    else if (flag === null)
      warnings.push(`ENGINE_ARGUMENTS has --${name}, which no vLLM up to ${formatVersion(NEWEST_VLLM)} is known to have.`);
    else if (compareVersions(taken, flag.since) < 0) {
      problems.push(
        `ENGINE_ARGUMENTS has --${flag.name}, which vLLM has since ${formatVersion(flag.since)}, and this is ${formatVersion(taken)}: leave it out, or update vLLM.`,
      );
    } else if (flag.gone !== null && !hasFlag(flag, taken)) {
      problems.push(
        `ENGINE_ARGUMENTS has --${flag.name}, which vLLM had until ${formatVersion(flag.gone.in)}, and this is ${formatVersion(taken)}: ${flag.gone.instead}.`,
      );
    }
  }
  return { problems, warnings };
}

function warningsOf(version: VllmVersion): string[] {
  const warnings: string[] = [];
  if (compareVersions(version, FIRST_WITH_TOKEN_IDS) < 0) {
    warnings.push(
      `vLLM ${formatVersion(version)} gives no token ids back (0.10.2 does): answers are made over text, without interleave.token_ids and logprobs.`,
    );
  }
  if (compareVersions(version.slice(0, 2), NEWEST_VLLM.slice(0, 2)) > 0) {
    warnings.push(`vLLM ${formatVersion(version)} is newer than what is known here: it is used as ${formatVersion(NEWEST_VLLM)} is.`);
  }
  return warnings;
}
