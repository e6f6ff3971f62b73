import type { CommandLine, DeviceGroup } from '@interleave/worker-lifecycle';
import fc from 'fast-check';
import { workerContainer } from './worker-container';
import type { WorkerContainerRequest } from './worker-container';

const gpu = (handle: string, uuid: string, isPart = false) => ({ handle, uuid, name: 'H100', memoryMib: 80_000, usedMib: 0, isPart });

const command: CommandLine = {
  program: 'vllm',
  arguments: ['serve', 'Qwen/Qwen3-0.6B', '--host', '0.0.0.0', '--port', '8000'],
  environment: { VLLM_API_KEY: 'the-key', CUDA_DEVICE_ORDER: 'PCI_BUS_ID', CUDA_VISIBLE_DEVICES: '2,3' },
};

const request: WorkerContainerRequest = {
  worker: 'demo-0',
  deployment: 'demo',
  pool: 'a1b2',
  launch: 'c3d4',
  options: {
    image: 'vllm/vllm-openai:v0.32.0',
    user: '1000:100',
    sharedMemoryBytes: 8 * 1024 ** 3,
    cache: '/cache',
    environmentNames: [],
  },
  devices: { kind: 'gpu', gpus: [gpu('2', 'GPU-aaa'), gpu('3', 'GPU-bbb')] },
  command,
  mounts: [{ Type: 'bind', Source: '/cache', Target: '/var/cache/worker', ReadOnly: false }],
  published: { host: '127.0.0.1', port: 41_001 },
  environment: { HF_TOKEN: 'hf_secret' },
};

const made = (changes: Partial<WorkerContainerRequest> = {}) => workerContainer({ ...request, ...changes });

describe('the container of a worker', () => {
  it('can do nothing beyond its work, ends once and is removed by us', () => {
    const { spec } = made();

    expect(spec).toMatchObject({ User: '1000:100', Healthcheck: { Test: ['NONE'] } });
    expect(spec.HostConfig).toMatchObject({
      AutoRemove: false,
      RestartPolicy: { Name: 'no' },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      IpcMode: 'private',
      ShmSize: 8 * 1024 ** 3,
      LogConfig: { Type: 'local', Config: { 'max-size': '16m', 'max-file': '2' } },
    });
    expect(JSON.stringify(spec)).not.toMatch(/"host"|Privileged|docker\.sock/);
  });

  it('is reached where workers are reached on this machine, and nowhere else', () => {
    expect(made().spec.HostConfig.PortBindings).toEqual({ '8000/tcp': [{ HostIp: '127.0.0.1', HostPort: '41001' }] });
  });

  it.each([
    ['localhost', '127.0.0.1'],
    ['[::1]', '::1'],
    ['0.0.0.0', '0.0.0.0'],
  ])('is published on the address that WORKER_HOST %s means', (host, HostIp) => {
    const { spec } = made({ published: { host, port: 41_001 } });

    expect(spec.HostConfig.PortBindings['8000/tcp']).toMatchObject([{ HostIp }]);
  });

  it('says whose it is', () => {
    expect(made().spec.Labels).toEqual({
      'interleave.pool': 'a1b2',
      'interleave.worker': 'demo-0',
      'interleave.deployment': 'demo',
      'interleave.launch': 'c3d4',
    });
  });

  it('gets its GPUs by UUID, in which their numbers of this machine mean nothing', () => {
    const { spec, files } = made();

    expect(spec.HostConfig).toMatchObject({
      DeviceRequests: [{ Driver: '', DeviceIDs: ['GPU-aaa', 'GPU-bbb'], Capabilities: [['gpu']] }],
      CpusetCpus: '',
      Ulimits: [{ Name: 'memlock', Soft: -1, Hard: -1 }],
    });
    expect(files[0]?.content).toContain("CUDA_DEVICE_ORDER='PCI_BUS_ID'\n");
    expect(files[0]?.content).not.toContain('CUDA_VISIBLE_DEVICES');
  });

  it('gets a part of a GPU alike', () => {
    const devices: DeviceGroup = { kind: 'gpu', gpus: [gpu('MIG-1', 'MIG-1', true)] };

    expect(made({ devices }).spec.HostConfig.DeviceRequests).toMatchObject([{ DeviceIDs: ['MIG-1'] }]);
  });

  it('gets its CPU cores, and no GPU', () => {
    const cpu = { ...command, environment: { ...command.environment, CUDA_VISIBLE_DEVICES: '' } };
    const { spec, files } = made({ devices: { kind: 'cpu', cores: [0, 1, 2, 6] }, command: cpu });

    expect(spec.HostConfig).toMatchObject({ CpusetCpus: '0-2,6', DeviceRequests: [], Ulimits: [] });
    expect(files[0]?.content).toContain("CUDA_VISIBLE_DEVICES=''\n");
  });

  it('has its variables in a file that only its user can read', () => {
    const { files } = made();

    expect(files).toHaveLength(1);
    expect(files[0]).toMatchObject({ path: '/run/interleave/environment', mode: 0o400, userId: 1000 });
    for (const line of ["HF_TOKEN='hf_secret'\n", "VLLM_API_KEY='the-key'\n", "XDG_CACHE_HOME='/var/cache/worker'\n", "HOME='/tmp'\n"]) {
      expect(files[0]?.content).toContain(line);
    }
  });

  it('lets nothing of ours take the place of what the engine was given', () => {
    const { files } = made({ environment: { VLLM_API_KEY: 'of somebody else' } });

    expect(files[0]?.content).toContain("VLLM_API_KEY='the-key'\n");
    expect(files[0]?.content).not.toContain('of somebody else');
  });

  it('shows no value of a variable in its settings, be it on the command line or anywhere else', () => {
    const secret = fc.string({ minLength: 12, maxLength: 40 }).map((text) => `§${text}§`);
    const name = fc.stringMatching(/^[A-Z][A-Z_]{0,12}$/);
    fc.assert(
      fc.property(secret, fc.dictionary(name, secret), fc.dictionary(name, secret), fc.boolean(), (key, ours, engines, isGpu) => {
        const devices: DeviceGroup = isGpu ? request.devices : { kind: 'cpu', cores: [0] };
        const { spec } = made({ devices, environment: ours, command: { ...command, environment: { ...engines, WORKER_API_KEY: key } } });
        expect(JSON.stringify(spec)).not.toContain('§');
      }),
    );
  });
});
