import { AppError } from '@interleave/kernel';
import type { HubAccess } from './hub-access';

const NETWORK_CODE =
  /^(UND_ERR_|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;
const PASSING_STATUSES: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** What the hub answered where it should have given something. */
export class HubRefusal extends Error {
  constructor(
    readonly status: number,
    /** `RepoNotFound`, `GatedRepo`, `RevisionNotFound`, …; null where it says none. */
    readonly hubCode: string | null,
    readonly said: string,
    readonly retryAfterMs: number | null,
  ) {
    super(`The hub answered ${status}.`);
    this.name = 'HubRefusal';
  }
}

/** A connection that broke, or a server in trouble: after a while the same may succeed. */
export function isPassing(error: unknown): boolean {
  return error instanceof HubRefusal ? PASSING_STATUSES.includes(error.status) : networkCode(error) !== null;
}

/** In the system's short words; null for any other error. */
export function networkCode(error: unknown): string | null {
  for (let one: unknown = error, depth = 0; typeof one === 'object' && one !== null && depth < 4; depth += 1) {
    const code: unknown = Reflect.get(one, 'code');
    if (typeof code === 'string' && NETWORK_CODE.test(code)) return code;
    one = Reflect.get(one, 'cause');
  }
  return null;
}

/** The same as a sentence that says what to do; `invalid_settings` where trying again is of no use. Never with a token or a signed address in it. */
export function toHubTrouble(error: unknown, model: { readonly id: string; readonly revision: string | null }, access: HubAccess): unknown {
  const { id, revision } = model;
  const { endpoint, token } = access;
  if (error instanceof HubRefusal) {
    const { status, hubCode, said } = error;
    const permanent = (sentence: string): AppError => new AppError('invalid_settings', sentence, { cause: error });
    if (hubCode === 'RevisionNotFound')
      return permanent(`${id} has no revision "${revision ?? 'main'}" on the hub: check what follows the @ in MODEL_PATH.`);
    if (hubCode === 'EntryNotFound') return permanent(`${id} lacks a file that its list names: try again later.`);
    if (status === 401 && token !== null && /invalid (credentials|username|token)/i.test(said)) {
      return permanent('The hub does not know the token that it was shown: set HF_TOKEN to one that is valid, or unset it.');
    }
    if (hubCode === 'GatedRepo' || status === 403) {
      const whose = token === null ? 'set HF_TOKEN to a token of that account' : 'use a token of that account in HF_TOKEN';
      return permanent(`${id} is only given to those who asked for it: accept its conditions at ${endpoint}/${id}, and ${whose}.`);
    }
    if (status === 404 || status === 401) {
      const hint = token === null ? 'if it is private, set HF_TOKEN' : 'if it is private, HF_TOKEN must be of somebody who may read it';
      return permanent(`There is no model ${id} on the hub (${endpoint}): check MODEL_PATH; ${hint}.`);
    }
    if (!isPassing(error))
      return permanent(`The hub (${endpoint}) answered ${status} when asked for ${id}: check HF_ENDPOINT and MODEL_PATH.`);
    return passing(`The hub (${endpoint}) answered ${status} when asked for ${id}, again and again: try later.`, error);
  }
  const code = networkCode(error);
  if (code === null) return error;
  return passing(
    `The hub (${endpoint}) can't be reached (${code}), and ${id} is not all in the cache: check the network, proxies and HF_ENDPOINT, or set MODEL_PATH to files on this machine.`,
    error,
  );
}

function passing(sentence: string, cause: unknown): AppError {
  return new AppError('internal', sentence, { isRetryable: true, cause });
}
