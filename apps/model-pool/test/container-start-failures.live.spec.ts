import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerDetachedContainers } from '@interleave/docker-runtime';
import { explainExit } from '@interleave/worker-lifecycle';
import type { DeviceGroup } from '@interleave/worker-lifecycle';
import { ContainerLauncher } from '../src/launch/container-launcher';
import { FreePorts } from '../src/launch/free-port';
import { WorkerImages } from '../src/launch/worker-images';
import { WorkerLog } from '../src/launch/worker-log';
import { poolIdentity } from '../src/records/pool-identity';
import { WorkerRecordStore } from '../src/records/worker-record-store';
import { containersOf, removeContainersOf } from './containers';
import { describeUnless } from './describe-unless';
import { BASE_IMAGE, whatContainersLack } from './llama-worker-image';
import { Workplace } from './pool-settings';

const CPU: DeviceGroup = { kind: 'cpu', cores: [0] };
const NO_GPU: DeviceGroup = {
  kind: 'gpu',
  gpus: [{ handle: '0', uuid: 'GPU-00000000-0000-0000-0000-000000000000', name: 'none', memoryMib: 1, usedMib: 0, isPart: false }],
};

/** What a real engine says of real failures, and what an operator is told. */
describeUnless(whatContainersLack(), 'a container that is not started', () => {
  const workplace = new Workplace();
  const report: string[] = [];

  afterEach(() => removeContainersOf(workplace));
  afterAll(() => process.stdout.write(`What an operator is told of containers, and when:\n${report.join('\n')}\n`));

  function launcher(devices: DeviceGroup, image: string, ports = new FreePorts()): ContainerLauncher {
    const containers = new DockerDetachedContainers();
    const { stateDirectory } = workplace;
    const options = {
      image,
      user: '0:0',
      sharedMemoryBytes: 64 * 1024 ** 2,
      cache: null,
      environmentNames: [],
    };
    return new ContainerLauncher(
      {
        id: 'tiny-0',
        deployment: 'tiny',
        revision: 'r1',
        engine: 'vllm',
        servedNames: ['tiny'],
        devices,
        model: workplace.modelPath,
        maxRunning: null,
        prepare: null,
        whyNoSleep: null,
        container: options,
        commandLine: () => ({ program: 'vllm', arguments: ['serve'], environment: {} }),
      },
      options,
      {
        containers,
        images: new WorkerImages(containers),
        records: new WorkerRecordStore(join(stateDirectory, 'workers')),
        ports,
        log: new WorkerLog(join(mkdtempSync(join(tmpdir(), 'container-log-')), 'tiny-0.log')),
        host: '127.0.0.1',
        pool: poolIdentity(stateDirectory),
      },
    );
  }

  async function takenPort(): Promise<{ readonly ports: FreePorts; readonly close: () => void }> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ports = Object.assign(new FreePorts(), { take: () => Promise.resolve(port) });
    return { ports, close: () => server.close() };
  }

  async function sentenceOf(name: string, one: ContainerLauncher): Promise<string> {
    const startedAt = performance.now();
    const sentence = await one.launch({ signal: new AbortController().signal, report: () => undefined }).then(
      () => 'it was started',
      (error: Error) => error.message,
    );
    report.push(`  ${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${sentence.slice(0, 160)}`);
    return sentence;
  }

  it.each([
    ['a GPU that the engine does not have', NO_GPU, BASE_IMAGE, /NVIDIA Container Toolkit|does not know the GPU/],
    ['cores that the engine does not have', { kind: 'cpu', cores: [8_000] }, BASE_IMAGE, /with the same cores/],
    ['an image that is nowhere', CPU, 'localhost:9/no/such-image:1', /cannot be pulled: build it, load it/],
  ] as const)('for %s', async (name, devices, image, sentence) => {
    expect(await sentenceOf(name, launcher(devices, image))).toMatch(sentence);
    expect(containersOf(workplace)).toEqual([]);
  });

  it('for its port, which somebody else took', async () => {
    const { ports, close } = await takenPort();

    expect(await sentenceOf('a port that is taken', launcher(CPU, BASE_IMAGE, ports))).toMatch(/Its port was taken by another program/);

    expect(containersOf(workplace)).toEqual([]);
    close();
  });

  it('but ends at once, as its image does not have the engine', async () => {
    const one = launcher(CPU, BASE_IMAGE);
    const startedAt = performance.now();
    const { ended, group } = await one.launch({ signal: new AbortController().signal, report: () => undefined });
    const { error, isPermanent } = explainExit({ ...(await ended), lastLines: one.lastLines() }, 'before it was ready');
    report.push(`  no engine in the image: ${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${error.split('\n')[0]}`);

    expect(error).toContain('ended with exit code 127 before it was ready. The image does not have what is to be started in it');
    expect(isPermanent).toBe(true);
    await group.finish(30_000);
    expect(containersOf(workplace)).toEqual([]);
  });
});
