import { look, lostBecause, NO_SILENCE } from './silent-worker';
import type { WorkerSign } from './silent-worker';
import { parseWorkerMetrics } from './worker-metrics';

const healthy = (running: number, tokens: number | null = null, waiting = 0): WorkerSign => ({
  kind: 'healthy',
  metrics: { running, waiting, kvCacheUse: null, isAsleep: false, tokens },
});
const verdict = (signs: readonly WorkerSign[], hasFirstToken: boolean) => lostBecause(signs.reduce(look, NO_SILENCE), hasFirstToken);
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

describe('a worker that sends nothing', () => {
  it('is lost when it answers no probe twice, or says once that its engine is dead', () => {
    expect(verdict([{ kind: 'no-answer' }], true)).toBeNull();
    expect(verdict([{ kind: 'no-answer' }, { kind: 'no-answer' }], false)).toMatch('no probe');
    expect(verdict([{ kind: 'no-answer' }, healthy(1), { kind: 'no-answer' }], true)).toBeNull();
    expect(verdict([{ kind: 'unhealthy' }], false)).toMatch('no probe');
  });

  it('is lost when it has nothing to do', () => {
    expect(
      verdict(
        times(3, () => healthy(0)),
        false,
      ),
    ).toMatch('nothing to do');
    expect(verdict([healthy(0), healthy(0), healthy(0, null, 1)], false)).toBeNull();
  });

  it('is lost in mid-answer when its engine stands still', () => {
    expect(
      verdict(
        times(7, () => healthy(1, 500)),
        true,
      ),
    ).toMatch('stands still');
  });

  it('is waited for while it works: for others, or on a long prompt', () => {
    expect(
      verdict(
        times(100, (index) => healthy(40, index, 3)),
        true,
      ),
    ).toBeNull();
    expect(
      verdict(
        times(100, () => healthy(1, 500)),
        false,
      ),
    ).toBeNull();
  });

  it('is waited for when it says nothing of itself', () => {
    expect(
      verdict(
        times(100, () => ({ kind: 'healthy', metrics: null })),
        true,
      ),
    ).toBeNull();
  });
});

describe('metrics of a worker', () => {
  it('are read from vLLM, several engines added up', () => {
    const text = [
      '# TYPE vllm:num_requests_running gauge',
      'vllm:num_requests_running{engine="0",model_name="m"} 3.0',
      'vllm:num_requests_running{engine="1",model_name="m"} 2.0',
      'vllm:num_requests_waiting{engine="0"} 1',
      'vllm:kv_cache_usage_perc{engine="0"} 0.25',
      'vllm:kv_cache_usage_perc{engine="1"} 0.5',
      'vllm:prompt_tokens_total{engine="0"} 100',
      'vllm:generation_tokens_total{engine="0"} 7e2',
    ].join('\n');
    expect(parseWorkerMetrics(text)).toEqual({ running: 5, waiting: 1, kvCacheUse: 0.5, tokens: 800, isAsleep: false });
  });

  it('are unknown where they are none', () => {
    const sleeping = 'vllm:num_requests_running 0\nvllm:engine_sleep_state{engine="0",sleep_state="awake"} 0.0';
    expect(parseWorkerMetrics(sleeping)).toMatchObject({ isAsleep: true });
    expect(parseWorkerMetrics('nothing 1\nvllm:num_requests_running{} NaN')).toBeNull();
  });
});
