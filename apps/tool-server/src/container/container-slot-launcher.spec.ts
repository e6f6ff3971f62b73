import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import type { ContainerListener, ContainerRuntime, ContainerSpec } from '@interleave/docker-runtime';
import { encodeFrame, SandboxFrame } from '@interleave/sandbox';
import { offerSocket } from '../../test/offered-socket';
import { ContainerSlotLauncher } from './container-slot-launcher';

const TOKEN = '0123456789abcdef';
const NEVER = new AbortController().signal;

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('a sandbox that is spoken to past the engine', () => {
  let line: Socket | null = null;
  let listener: ContainerListener | null = null;
  let launcher: ContainerSlotLauncher;
  let server: Server;

  beforeAll(async () => {
    const offer = await offerSocket((socket) => {
      line = socket;
      socket.once('data', (token) => socket.write(token));
    });
    server = offer.server;
    const hello = { protocol: 1, python: '3.11.2', packages: [], line: { descriptor: offer.descriptor, token: TOKEN } };
    const runtime = {
      start: (_spec: ContainerSpec, heard: ContainerListener) => {
        listener = heard;
        const payload = new TextEncoder().encode(JSON.stringify(hello));
        setImmediate(() => heard.onOutput(encodeFrame({ type: SandboxFrame.hello, callId: 0, payload })));
        return Promise.resolve({ id: 'container', write: () => undefined, detach: () => undefined });
      },
      processId: () => Promise.resolve(process.pid),
      remove: () => Promise.resolve(),
    } as unknown as ContainerRuntime;
    launcher = new ContainerSlotLauncher(runtime, () => ({}) as ContainerSpec, true);
  });
  afterAll(() => server.close());

  it('that dies is reported with its last words, although they come later than the end of the line', async () => {
    const { slot } = await launcher.launch('slot', NEVER);
    expect(launcher.isDirect).toBe(true);

    const closed = once(line as unknown as Socket, 'close');
    line?.end();
    await closed;
    listener?.onDiagnostics(new TextEncoder().encode('MemoryError in PID 1'));
    listener?.onClosed();

    expect((await slot.lost).message).toBe('The sandbox ended. MemoryError in PID 1');
  });

  it('whose line breaks is lost, also when the engine says nothing', async () => {
    const { slot } = await launcher.launch('slot', NEVER);
    line?.destroy();

    expect((await slot.lost).message).toBe('The sandbox ended.');
  });
});
