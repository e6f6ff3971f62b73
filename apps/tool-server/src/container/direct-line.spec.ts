import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { offerSocket } from '../../test/offered-socket';
import { openDirectLine } from './direct-line';

const TOKEN = '0123456789abcdef';
const NEVER = new AbortController().signal;

function listener() {
  const heard: string[] = [];
  return { heard, onOutput: (bytes: Uint8Array) => heard.push(String(bytes)), onClosed: () => heard.push('closed') };
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('the direct line to a supervisor', () => {
  let server: Server | null = null;

  afterEach(() => {
    server?.close();
    server = null;
  });

  it('is taken when the other end answers with the token, and then carries bytes both ways', async () => {
    const said: string[] = [];
    const offer = await offerSocket((socket) => {
      socket.once('data', (token) => {
        socket.write(token);
        socket.on('data', (bytes) => {
          said.push(String(bytes));
          socket.end('answer');
        });
      });
    });
    server = offer.server;
    const heard = listener();
    const line = await openDirectLine(process.pid, { descriptor: offer.descriptor, token: TOKEN }, heard, NEVER);
    line?.write('question');
    await once(line as Socket, 'close');
    expect(said).toEqual(['question']);
    expect(heard.heard).toEqual(['answer', 'closed']);
  });

  it.each([
    ['answers with something else', (socket: Socket) => socket.write('another token !!')],
    ['hangs up', (socket: Socket) => socket.destroy()],
  ])('is not taken when the other end %s; nothing of it is heard', async (_what, onConnection) => {
    const offer = await offerSocket(onConnection);
    server = offer.server;
    const heard = listener();
    expect(await openDirectLine(process.pid, { descriptor: offer.descriptor, token: TOKEN }, heard, NEVER)).toBeNull();
    expect(heard.heard).toEqual([]);
  });

  it('is not taken where there is no such process or descriptor', async () => {
    expect(await openDirectLine(process.pid, { descriptor: 99_999, token: TOKEN }, listener(), NEVER)).toBeNull();
    expect(await openDirectLine(2 ** 30, { descriptor: 3, token: TOKEN }, listener(), NEVER)).toBeNull();
  });
});
