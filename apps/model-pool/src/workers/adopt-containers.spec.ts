import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DetachedContainerSpec } from '@interleave/docker-runtime';
import type { PinoLogger } from 'nestjs-pino';
import { FakeContainers } from '../../test/fake-containers';
import { WorkerLog } from '../launch/worker-log';
import type { ContainerRecord } from '../records/worker-record';
import { WorkerRecordStore } from '../records/worker-record-store';
import { adoptContainers } from './adopt-containers';

const quiet = { info: () => undefined, warn: () => undefined } as unknown as PinoLogger;

async function leftBehind(labels: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'adopt-containers-'));
  const containers = new FakeContainers();
  const records = new WorkerRecordStore(join(folder, 'workers'));
  const own = { 'interleave.pool': 'p1', 'interleave.worker': 'demo-0', 'interleave.launch': 'l1', ...labels };
  const id = await containers.create('one', { Labels: own } as unknown as DetachedContainerSpec, []);
  await containers.start(id);
  const record: ContainerRecord = {
    id: 'demo-0',
    deployment: 'demo',
    engine: 'vllm',
    container: { id, startedAt: `${id} started`, launch: 'l1' },
    // Nobody listens there: it still starts, as far as one can see.
    port: 1,
    apiKey: 'key',
    devices: { kind: 'cpu', cores: [0] },
    spec: 'as today',
  };
  records.write(record);
  const adopt = (wanted: string | null = 'as today', isNeeded = true) =>
    adoptContainers(
      {
        containers,
        pool: 'p1',
        records,
        logOf: (worker) => new WorkerLog(join(folder, `workers/${worker}.log`)),
        log: quiet,
        host: '127.0.0.1',
        stopTimeoutMs: 1_000,
        isNeeded,
      },
      () => wanted,
    );
  return { containers, records, id, record, adopt };
}

describe('containers that an earlier model-pool left behind', () => {
  it('go on where they are wanted as they are', async () => {
    const { adopt, id, record, containers } = await leftBehind();

    const [adopted] = await adopt();

    expect(adopted).toMatchObject({ record, facts: null, process: { endpoint: { host: '127.0.0.1', port: 1, apiKey: 'key' } } });
    expect(containers.signals).toEqual([]);
    containers.endOf(id, 1);
    expect(await adopted!.process.ended).toMatchObject({ code: 1 });
  });

  it.each([
    ['nobody wants any more', null],
    ['are to be started in another way', 'another spec'],
  ])('that %s are asked to end, and removed', async (_what, wanted) => {
    const { adopt, containers, records } = await leftBehind();

    expect(await adopt(wanted)).toEqual([]);

    expect(containers.signals).toEqual(['SIGTERM']);
    expect(containers.all).toEqual([]);
    expect(records.readAll()).toEqual([]);
  });

  it('are not believed by their id alone', async () => {
    const { adopt, records, record } = await leftBehind();
    records.write({ ...record, container: { ...record.container, startedAt: 'another time' } });

    expect(await adopt()).toEqual([]);
    expect(records.readAll()).toEqual([]);
  });

  it('are left alone where they carry the label of another pool, whatever our record says', async () => {
    const { adopt, containers, records } = await leftBehind({ 'interleave.pool': 'p2' });

    expect(await adopt()).toEqual([]);

    expect(containers.all).toHaveLength(1);
    expect(containers.signals).toEqual([]);
    expect(records.readAll()).toEqual([]);
  });

  it('without a record are removed, also those that have ended', async () => {
    const { adopt, containers, records, id } = await leftBehind();
    records.forget('demo-0');
    const labels = { 'interleave.pool': 'p1' };
    const ended = await containers.create('two', { Labels: labels } as unknown as DetachedContainerSpec, []);
    containers.endOf(ended, 0);

    await adopt();

    expect(containers.all).toEqual([]);
    expect(containers.signals).toEqual(['SIGTERM']);
    expect(id).not.toBe(ended);
  });

  it('stop the start while no engine answers and containers are wanted, and else are a warning', async () => {
    const { adopt, containers } = await leftBehind();
    containers.isAway = true;

    await expect(adopt()).rejects.toThrow('ENOENT');
    expect(await adopt(null, false)).toEqual([]);
  });
});
