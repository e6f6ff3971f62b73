import fc from 'fast-check';
import { parseWorkerRecord } from './worker-record';

const record = {
  id: 'demo-0',
  deployment: 'demo',
  engine: 'vllm',
  process: { pid: 4242, startedAt: 'boot/1' },
  port: 41_001,
  apiKey: 'key',
  devices: { kind: 'cpu', cores: [0, 1] },
  spec: '[]',
};

describe('a worker record', () => {
  it('is read as it was written', () => {
    expect(parseWorkerRecord(JSON.stringify(record))).toEqual(record);
  });

  it('of a container is read as it was written', () => {
    const { process: _process, ...rest } = record;
    const contained = { ...rest, container: { id: 'ab'.repeat(32), startedAt: '2026-11-24T20:00:00Z', launch: 'f00d' } };

    expect(parseWorkerRecord(JSON.stringify(contained))).toEqual(contained);
  });

  it.each(['../images/x', '', null, 7, 'ABC'])('with the container id %j is none: it would be part of a path', (id) => {
    expect(parseWorkerRecord(JSON.stringify({ ...record, container: { id, startedAt: 'then', launch: 'f00d' } }))).toBeNull();
  });

  it.each([0, 1, -5, 1.5, '4242', null])('with pid %j is none: a signal to such a group would hit others', (pid) => {
    expect(parseWorkerRecord(JSON.stringify({ ...record, process: { pid, startedAt: 'boot/1' } }))).toBeNull();
  });

  it('is never made out of something else', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => parseWorkerRecord(text) === null));
  });

  it.each([null, { kind: 'cpu' }, { kind: 'gpu', gpus: [1] }, { kind: 'tpu', cores: [0] }])('with devices %j is none', (devices) => {
    expect(parseWorkerRecord(JSON.stringify({ ...record, devices }))).toBeNull();
  });
});
