import { VllmError } from './vllm-error';

const TAGS = ['weights', 'kv_cache'] as const;

/** vLLM's sleep mode: what runs is aborted, what comes waits, and metrics say so, until everything that was put away is back. */
export class FakeSleepMode {
  /** 0: only its scheduling is paused. Null: awake. */
  level: number | null = null;
  /** False after a sleep of level 2, until they are read again: an engine that wakes without them talks nonsense. */
  hasWeights = true;
  /** Completions that wait for it to wake up. */
  waiting = 0;
  /** Grows with every sleep: what began before it is aborted. */
  count = 0;
  private readonly away = new Set<string>();
  private readonly waiters = new Set<() => void>();

  sleep(query: URLSearchParams): Record<string, unknown> {
    const level = Number(query.get('level') ?? 1);
    if (![0, 1, 2].includes(level)) throw new VllmError(422, 'level must be 0, 1 or 2');
    this.level = level;
    this.count += 1;
    if (level > 0) for (const tag of TAGS) this.away.add(tag);
    if (level === 2) this.hasWeights = false;
    return { status: 'sleeping', level };
  }

  wakeUp(query: URLSearchParams): Record<string, unknown> {
    const tags = query.getAll('tags');
    for (const tag of tags.length > 0 ? tags : TAGS) this.away.delete(tag);
    if (this.away.size > 0) return { status: 'sleeping', tags };
    this.level = null;
    for (const wake of this.waiters) wake();
    this.waiters.clear();
    return { status: 'awake', tags: tags.length > 0 ? tags : null };
  }

  callWorkers(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
    if (body['method'] !== 'reload_weights') throw new VllmError(400, 'Missing or unknown method in request body');
    if (this.away.has('weights')) throw new VllmError(500, 'CUDA error: an illegal memory access was encountered');
    this.hasWeights = true;
    return { results: [null] };
  }

  /** Settles when it is awake, or when the signal aborts. */
  async untilAwake(signal: AbortSignal): Promise<void> {
    if (this.level === null || signal.aborted) return;
    this.waiting += 1;
    await new Promise<void>((resolve) => {
      this.waiters.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.waiting -= 1;
  }

  get metrics(): string {
    const states = { awake: this.level === null, weights_offloaded: this.level === 1, discard_all: this.level === 2 };
    const lines = Object.entries(states).map(
      ([state, isSo]) => `vllm:engine_sleep_state{engine="0",sleep_state="${state}"} ${isSo ? 1 : 0}.0\n`,
    );
    return `# TYPE vllm:engine_sleep_state gauge\n${lines.join('')}`;
  }
}
