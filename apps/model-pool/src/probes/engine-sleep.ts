import type { SleepLevel } from '@interleave/worker-lifecycle';
import type { AxiosInstance, AxiosResponse } from 'axios';
import { reasonOf } from './reason-of';

/** Whether an engine did what it was told about its sleep. `refused`: it won't, and is as it was. */
export type SleepOutcome =
  { readonly kind: 'done' } | { readonly kind: 'refused'; readonly reason: string } | { readonly kind: 'failed'; readonly reason: string };

const MAX_REASON_LENGTH = 300;

/** Null where the engine has no such route. @throws where it doesn't answer */
export async function isSleeping(http: AxiosInstance, signal: AbortSignal): Promise<boolean | null> {
  const { status, data } = await http.get<unknown>('/is_sleeping', { signal });
  const answer: unknown = status === 200 && data !== null && typeof data === 'object' ? Reflect.get(data, 'is_sleeping') : null;
  return typeof answer === 'boolean' ? answer : null;
}

/** Returns when the engine sleeps, however long that takes: whoever asks sets the limit. Never throws. */
export function fallAsleep(http: AxiosInstance, level: SleepLevel, signal: AbortSignal): Promise<SleepOutcome> {
  return tell(http, [`/sleep?level=${level}`], signal);
}

/** The same for waking up. An engine that kept no weights reads them again before it gets its cache back. Never throws. */
export function wakeUp(http: AxiosInstance, level: SleepLevel, signal: AbortSignal): Promise<SleepOutcome> {
  const steps = level === 1 ? ['/wake_up'] : ['/wake_up?tags=weights', '/collective_rpc', '/wake_up?tags=kv_cache'];
  return tell(http, steps, signal);
}

async function tell(http: AxiosInstance, paths: readonly string[], signal: AbortSignal): Promise<SleepOutcome> {
  try {
    for (const path of paths) {
      const body = path === '/collective_rpc' ? { method: 'reload_weights' } : undefined;
      const outcome = outcomeOf(path, await http.post<unknown>(path, body, { signal, timeout: 0 }));
      if (outcome.kind !== 'done') return outcome;
    }
    return { kind: 'done' };
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error) };
  }
}

function outcomeOf(path: string, { status, data }: AxiosResponse<unknown>): SleepOutcome {
  if (status >= 200 && status < 300) return { kind: 'done' };
  if (status === 404) return { kind: 'refused', reason: `Its engine has no POST ${path}: set ENABLE_SLEEP_MODE=true.` };
  const reason = `POST ${path} answered ${status}${messageOf(data)}.`;
  return { kind: status < 500 ? 'refused' : 'failed', reason };
}

/** In the words of vLLM, or of the framework under it. */
function messageOf(body: unknown): string {
  const part = (value: unknown, key: string): unknown =>
    value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined;
  const message = part(part(body, 'error'), 'message') ?? part(body, 'detail');
  return typeof message === 'string' && message !== '' ? `: ${message.slice(0, MAX_REASON_LENGTH).replace(/\.$/, '')}` : '';
}
