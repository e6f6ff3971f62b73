import type Docker from 'dockerode';
import type { OwnContainers } from '../../harness/own-containers';
import { CODE, measureVariants } from './bench-run';
import type { BenchRun } from './bench-run';

export const CONTAINER_PER_CALL = 'a container per call';
export const EXEC_PER_CALL = 'an exec per call';
const CLIENTS = [1, 4];
/** Each frame of a container's output has a head of its own, so the text is looked for in it. */
const PRINTED = Buffer.from('42\n');

/** The two ways in which others run code in Docker, in containers like ours. Imports nothing: programs that need numpy pay for that on top. */
export async function benchPeers(run: BenchRun, containers: OwnContainers): Promise<void> {
  const { docker, spec } = containers;
  const create = (command: readonly string[]) =>
    docker.createContainer({
      ...(spec as unknown as Docker.ContainerCreateOptions),
      Cmd: [...command],
      // Without a log there would be nothing to read afterwards.
      HostConfig: { ...(spec.HostConfig as unknown as Docker.HostConfig), LogConfig: { Type: 'json-file', Config: {} } },
    });
  const containerPerCall = () =>
    Promise.resolve({
      call: async () => {
        const container = await create(['python3', '-c', CODE]);
        try {
          await container.start();
          await container.wait();
          expectPrinted(await container.logs({ stdout: true, stderr: true }));
        } finally {
          await container.remove({ force: true, v: true });
        }
      },
    });
  const execPerCall = async () => {
    const container = await create(['sleep', 'infinity']);
    await container.start();
    const call = async () => {
      const exec = await container.exec({ Cmd: ['python3', '-c', CODE], AttachStdout: true, AttachStderr: true });
      const stream = await exec.start({});
      const pieces: Buffer[] = [];
      for await (const piece of stream) pieces.push(piece as Buffer);
      expectPrinted(Buffer.concat(pieces));
      const { ExitCode } = await exec.inspect();
      if (ExitCode !== 0) throw new Error(`the program ended with ${ExitCode}`);
    };
    return { call, close: () => container.remove({ force: true, v: true }) };
  };
  try {
    const variants = CLIENTS.flatMap((clients) => [
      { what: CONTAINER_PER_CALL, settings: 'same container, log', clients, client: containerPerCall },
      { what: EXEC_PER_CALL, settings: 'same container', clients, client: execPerCall },
    ]);
    await measureVariants(run, 'peers', variants, null);
  } finally {
    await containers.removeAll();
  }
}

function expectPrinted(output: Buffer): void {
  if (!output.includes(PRINTED)) throw new Error(`the container said ${JSON.stringify(output.toString('utf8'))}`);
}
