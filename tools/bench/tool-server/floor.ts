import { DockerContainerRuntime } from '@interleave/docker-runtime';
import type { ExecuteCommand } from '@interleave/sandbox';
import { SandboxSlot } from '../../../apps/tool-server/src/slot/sandbox-slot';
import { LeanClient } from '../../harness/lean-client';
import type { OwnContainers } from '../../harness/own-containers';
import { CODE, measureVariants, OUTPUT } from './bench-run';
import type { BenchRun } from './bench-run';

export const ECHO = 'HTTP echo, no sandbox';
export const PING = 'frame there and back, no HTTP';
export const EXECUTE = 'call by frames, no HTTP';
const ECHO_CLIENTS = [1, 8, 64, 256];
const SLOTS = [1, 8];
const BOOT_TIMEOUT_MS = 120_000;
const PING_TIMEOUT_MS = 10_000;

const COMMAND: ExecuteCommand = {
  cell: 1,
  code: CODE,
  stdin: null,
  timeoutMs: 10_000,
  graceMs: 1000,
  maxOutputBytes: 2 ** 20,
  memoryMib: null,
  checkpoint: 'off',
  style: 'notebook',
};

/** What no tool server that is written in Node and talks to containers by their attached streams can be faster than. */
export async function benchFloor(run: BenchRun, containers: OwnContainers): Promise<void> {
  const url = await run.services.startEchoServer();
  const echo = () => {
    const http = LeanClient.to(url, null);
    const request = http.prepare('POST', '/v1/sessions/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/execute', { code: CODE });
    return Promise.resolve({ call: async () => void (await http.json(request)), close: () => Promise.resolve(http.close()) });
  };
  const slots = await Promise.all(Array.from({ length: Math.min(SLOTS.at(-1) ?? 1, run.maxClients) }, () => startSlot(containers)));
  const never = new AbortController().signal;
  const onSlot = (call: (slot: SandboxSlot) => Promise<unknown>) => (place: number) => {
    const slot = slots[place];
    if (!slot) throw new Error(`There is no slot ${place}.`);
    return Promise.resolve({ call: async () => void (await call(slot)) });
  };
  const execute = async (slot: SandboxSlot): Promise<void> => {
    const outcome = await slot.execute(COMMAND, never);
    if (outcome.output !== OUTPUT) throw new Error(`the sandbox said ${JSON.stringify(outcome)}`);
  };
  try {
    await measureVariants(
      run,
      'floor',
      [
        ...ECHO_CLIENTS.map((clients) => ({ what: ECHO, clients, client: echo })),
        { what: PING, clients: 1, client: onSlot((slot) => slot.ping(PING_TIMEOUT_MS)) },
        ...SLOTS.map((clients) => ({ what: EXECUTE, settings: 'checkpoint off', clients, client: onSlot(execute) })),
      ],
      null,
    );
  } finally {
    for (const slot of slots) slot.onClosed();
    await containers.removeAll();
  }
}

async function startSlot({ docker, spec }: OwnContainers): Promise<SandboxSlot> {
  const slot = new SandboxSlot();
  const hello = slot.hello(BOOT_TIMEOUT_MS);
  slot.attach(await new DockerContainerRuntime(docker).start(spec, slot, AbortSignal.timeout(BOOT_TIMEOUT_MS)));
  await hello;
  return slot;
}
