import { freePort } from './free-port';
import { LoopbackServer } from './loopback-server';

describe('free port', () => {
  it('can be listened on', async () => {
    const port = await freePort();
    const server = new LoopbackServer((_request, response) => response.end('here'));
    await server.start(port);
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('here');
    await server.stop();
  });
});
