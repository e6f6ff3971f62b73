import fc from 'fast-check';
import { parseWorkerLoad } from './worker-load';

describe("a worker's metrics", () => {
  it('tell its load, of all its engines together', () => {
    const metrics = [
      '# HELP vllm:num_requests_running Number of requests',
      'vllm:num_requests_running{engine="0",model_name="a b"} 2.0',
      'vllm:num_requests_running{engine="1",model_name="a b"} 1.0',
      'vllm:num_requests_waiting{engine="0"} 4.0',
      'vllm:num_requests_waiting_by_reason{reason="capacity"} 4.0',
      'vllm:kv_cache_usage_perc{engine="0"} 0.25',
      'vllm:kv_cache_usage_perc{engine="1"} 0.5',
      'vllm:prefix_cache_queries_total{engine="0"} 300.0',
      'vllm:prefix_cache_queries_total{engine="1"} 100.0',
      'vllm:prefix_cache_queries_created{engine="0"} 1.7e9',
      'vllm:prefix_cache_hits_total{engine="0"} 100.0',
      'vllm:engine_sleep_state{engine="0",sleep_state="awake"} 1.0',
      'vllm:engine_sleep_state{engine="0",sleep_state="weights_offloaded"} 0.0',
    ].join('\n');

    expect(parseWorkerLoad(metrics)).toEqual({
      running: 3,
      waiting: 4,
      kvCacheUse: 0.5,
      prefixCache: { queries: 400, hits: 100 },
      sleepLevel: null,
    });
  });

  it('are understood of older versions too', () => {
    const metrics = [
      'vllm:num_requests_running 0',
      'vllm:num_requests_waiting 0',
      'vllm:gpu_cache_usage_perc 0.1',
      'vllm:gpu_prefix_cache_queries_total 10',
      'vllm:gpu_prefix_cache_hits_total 5',
    ].join('\n');

    expect(parseWorkerLoad(metrics)).toEqual({
      running: 0,
      waiting: 0,
      kvCacheUse: 0.1,
      prefixCache: { queries: 10, hits: 5 },
      sleepLevel: null,
    });
    expect(parseWorkerLoad('vllm:num_requests_running 0')).toMatchObject({ prefixCache: null, kvCacheUse: null });
  });

  it.each([
    ['awake=1 weights_offloaded=0 discard_all=0', null],
    ['awake=0 weights_offloaded=1 discard_all=0', 1],
    ['awake=0 weights_offloaded=0 discard_all=1', 2],
    ['awake=0 weights_offloaded=0 discard_all=0', 1],
    ['discard_all=1', 2],
  ])('tell how a worker sleeps: %s', (states, level) => {
    const samples = states.split(' ').map((state) => state.split('='));
    const metrics = samples.map(([name, value]) => `vllm:engine_sleep_state{engine="0",sleep_state="${name}"} ${value}.0`);

    expect(parseWorkerLoad(['vllm:num_requests_running 0', ...metrics].join('\n'))).toMatchObject({ sleepLevel: level });
  });

  it('may be of something else', () => {
    expect(parseWorkerLoad('process_cpu_seconds_total 1\nvllm:num_requests_running NaN')).toBeNull();
    fc.assert(fc.property(fc.string(), (text) => parseWorkerLoad(text) === null));
  });
});
