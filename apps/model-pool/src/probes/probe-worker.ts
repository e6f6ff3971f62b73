import type { ProbeOutcome, SleepLevel, WorkerFacts } from '@interleave/worker-lifecycle';
import type { AxiosInstance } from 'axios';
import { reasonOf } from './reason-of';

/**
 * Asks a worker whether it can serve and what it serves. Never throws.
 * @param askForSleep how it sleeps; null while it is awake
 */
export async function probeWorker(
  http: AxiosInstance,
  askForSleep: (signal: AbortSignal) => Promise<SleepLevel | null>,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  try {
    const health = await http.get('/health', { signal });
    if (health.status === 401 || health.status === 403) return unauthorized(health.status);
    if (health.status !== 200) return { kind: 'failed', reason: `GET /health answered ${health.status}.` };
    const models = await http.get<unknown>('/v1/models', { signal });
    if (models.status === 401 || models.status === 403) return unauthorized(models.status);
    if (models.status !== 200) return { kind: 'failed', reason: `GET /v1/models answered ${models.status}.` };
    const facts = parseModelList(models.data);
    if (facts) return { kind: 'answered', facts: { ...facts, sleepLevel: await askForSleep(signal) } };
    return { kind: 'failed', reason: 'GET /v1/models answered something that is no list of models.' };
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error) };
  }
}

function unauthorized(status: number): ProbeOutcome {
  return { kind: 'unauthorized', reason: `The worker refused its key (${status}).` };
}

function parseModelList(body: unknown): Omit<WorkerFacts, 'sleepLevel'> | null {
  const data: unknown = body !== null && typeof body === 'object' ? Reflect.get(body, 'data') : undefined;
  if (!Array.isArray(data)) return null;
  const models = data.filter((model): model is Record<string, unknown> => model !== null && typeof model === 'object');
  const lengths = models.map((model) => model['max_model_len']).filter((length) => typeof length === 'number');
  const maxRunning = models[0]?.['max_running'];
  return {
    servedNames: models.map((model) => model['id']).filter((id) => typeof id === 'string'),
    maxModelLength: lengths.length > 0 ? Math.min(...lengths) : null,
    maxRunning: typeof maxRunning === 'number' ? maxRunning : null,
  };
}
