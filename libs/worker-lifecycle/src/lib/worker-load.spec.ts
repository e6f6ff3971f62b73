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
    ].join('\n');

    expect(parseWorkerLoad(metrics)).toEqual({ running: 3, waiting: 4, kvCacheUse: 0.5 });
  });

  it('are understood of older versions too', () => {
    expect(parseWorkerLoad('vllm:num_requests_running 0\nvllm:num_requests_waiting 0\nvllm:gpu_cache_usage_perc 0.1\n')).toEqual({
      running: 0,
      waiting: 0,
      kvCacheUse: 0.1,
    });
  });

  it('may be of something else', () => {
    expect(parseWorkerLoad('process_cpu_seconds_total 1\nvllm:num_requests_running NaN')).toBeNull();
    fc.assert(fc.property(fc.string(), (text) => parseWorkerLoad(text) === null));
  });
});
