import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeContainers } from '../../test/fake-containers';
import { WorkerRecordStore } from '../records/worker-record-store';
import { ContainerLauncher } from './container-launcher';
import { FreePorts } from './free-port';
import { WorkerImages } from './worker-images';
import { WorkerLog } from './worker-log';
import type { WorkerSpec } from './worker-spec';

const OPTIONS = { image: 'image:1', user: '0:0', sharedMemoryBytes: 1024, cache: null, environmentNames: [] };
const NO_WATCH = { signal: new AbortController().signal, report: () => undefined };

function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'container-launcher-'));
  const containers = new FakeContainers();
  const records = new WorkerRecordStore(join(folder, 'workers'));
  const log = new WorkerLog(join(folder, 'workers/demo-0.log'));
  const spec: WorkerSpec = {
    id: 'demo-0',
    deployment: 'demo',
    revision: 'r1',
    engine: 'vllm',
    servedNames: ['demo'],
    devices: { kind: 'cpu', cores: [0] },
    model: folder,
    maxRunning: null,
    prepare: null,
    whyNoSleep: null,
    container: OPTIONS,
    commandLine: ({ host, port, apiKey }) => ({
      program: 'vllm',
      arguments: ['--host', host, '--port', String(port)],
      environment: { VLLM_API_KEY: apiKey },
    }),
  };
  const context = { containers, images: new WorkerImages(containers), records, ports: new FreePorts(), log, host: '127.0.0.1', pool: 'p1' };
  return { containers, records, log, launcher: new ContainerLauncher(spec, OPTIONS, context) };
}

describe('the launcher of containers', () => {
  it('records what it has started, listens inside and is reached outside', async () => {
    const { launcher, containers, records } = setUp();

    const { endpoint, group } = await launcher.launch(NO_WATCH);

    const [container] = containers.all;
    expect(container?.spec.Cmd).toEqual(['vllm', '--host', '0.0.0.0', '--port', '8000']);
    expect(container?.spec.HostConfig.PortBindings).toEqual({ '8000/tcp': [{ HostIp: '127.0.0.1', HostPort: String(endpoint.port) }] });
    expect(container?.files[0]?.content).toContain(`VLLM_API_KEY='${endpoint.apiKey}'`);
    expect(records.readAll()).toMatchObject([
      {
        id: 'demo-0',
        port: endpoint.port,
        apiKey: endpoint.apiKey,
        container: { id: container?.id, startedAt: container?.condition.startedAt, launch: container?.spec.Labels['interleave.launch'] },
      },
    ]);
    expect(container?.name).toMatch(/^interleave-demo-0-[0-9a-f]{12}$/);
    expect(group.leader.pid).toBe(Number.parseInt(container!.id.slice(0, 12), 16));
  });

  it('tells how it ended, keeps what it said, and removes it', async () => {
    const { launcher, containers, log } = setUp();
    const { ended, group } = await launcher.launch(NO_WATCH);

    containers.endOf(containers.all[0]!.id, 137, true);

    expect(await ended).toEqual({ code: null, signal: 'SIGKILL', ranOutOfMemory: true });
    await group.finish(1_000);
    expect(containers.all).toEqual([]);
    expect(launcher.lastLines()).toEqual(['output of 01']);
    expect(readFileSync(log.path, 'utf8')).toBe('output of 01\n');
  });

  it('does not take an engine that is away for the end of its containers', async () => {
    const { launcher, containers } = setUp();
    const { ended } = await launcher.launch(NO_WATCH);
    let isOver = false;
    void ended.then(() => (isOver = true));

    containers.isAway = true;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(isOver).toBe(false);

    containers.isAway = false;
    containers.endOf(containers.all[0]!.id, 0);
    expect(await ended).toMatchObject({ code: 0 });
  });

  it('asks a container to end before it makes it', async () => {
    const { launcher, containers } = setUp();
    const { ended, group } = await launcher.launch(NO_WATCH);

    group.signal('SIGTERM');

    expect(await ended).toMatchObject({ signal: 'SIGTERM' });
    expect(containers.signals).toEqual(['SIGTERM']);
  });

  it.each([
    ['create', 'No such image: image:1', 'There is no image image:1 on this machine'],
    ['start', 'could not select device driver "" with capabilities: [[gpu]]', 'install the NVIDIA Container Toolkit'],
    ['start', 'port is already allocated', 'Its port was taken'],
    ['inspect', 'connect ECONNREFUSED', 'does not answer'],
  ] as const)('leaves nothing behind where the engine fails to %s: %s', async (call, message, sentence) => {
    const { launcher, containers, records } = setUp();
    containers.failures.set(call, new Error(message));

    await expect(launcher.launch(NO_WATCH)).rejects.toThrow(sentence);

    expect(containers.all).toEqual([]);
    expect(records.readAll()).toEqual([]);
  });

  it('says that an image can not be had, and starts nothing', async () => {
    const { launcher, containers } = setUp();
    containers.images.clear();
    containers.failures.set('pullImage', new Error('no route to host'));

    await expect(launcher.launch(NO_WATCH)).rejects.toThrow('The image image:1 is not on this machine and cannot be pulled');

    expect(containers.all).toEqual([]);
  });
});
