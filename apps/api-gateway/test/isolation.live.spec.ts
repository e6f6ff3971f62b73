import { describeWithDocker } from '@interleave/testing';
import type { FakePrompt } from '@interleave/testing';
import { GatewayUnderTest } from './support/gateway-under-test';
import { startToolServer } from './support/real-tool-server';
import { newSecret, ownersIn } from './support/secrets';

const CLIENTS = 8;
const SANDBOXES = 2;

/** Leaves a secret wherever a program can, and looks wherever another's might be. */
const programFor = (secret: string): string => `
import gc, glob, os, subprocess, sys, tempfile
seen = [text for text in gc.get_objects() if isinstance(text, dict)]
print([value for space in seen for value in list(space.values()) if isinstance(value, str) and value.startswith('sec')])
for place in ('.', tempfile.gettempdir(), '/dev/shm', os.path.expanduser('~')):
    for path in glob.glob(place + '/**', recursive=True):
        if os.path.isfile(path):
            print(path, open(path, errors='replace').read(200))
    try:
        open(os.path.join(place, 'kept-by-${secret}'), 'w').write('${secret}')
    except OSError:
        pass
print(os.environ, [open(f'/proc/{pid}/cmdline', errors='replace').read() for pid in os.listdir('/proc') if pid.isdigit() and pid != str(os.getpid())])
os.environ['KEPT'] = sys.argv[0] = kept = '${secret}'
subprocess.Popen(['sleep', '600'], env={'KEPT': '${secret}'})
`;

/** Two programs, then the answer; what the model says is made of what it was asked. */
function sayFor({ promptText }: FakePrompt): string {
  const [, secret = ''] = /ask (sec\w+)/.exec(promptText) ?? [];
  const programs = [programFor(secret), "print(kept, open('kept-by-' + kept).read())"];
  const code = programs[promptText.split('```output').length - 1];
  return code === undefined ? `Done ${secret}.` : `\`\`\`python\n${code}\n\`\`\`\n\`\`\`output`;
}

describeWithDocker('what the programs of one client leave behind', () => {
  let toolServer: Awaited<ReturnType<typeof startToolServer>>;
  let gateway: GatewayUnderTest;

  beforeAll(async () => {
    toolServer = await startToolServer({ SANDBOX_POOL_SIZE: String(SANDBOXES), SANDBOX_MAX_SESSIONS: String(SANDBOXES) });
    gateway = await GatewayUnderTest.start({
      workers: [{ script: sayFor, maxModelLen: 65_536 }],
      environment: { TOOL_SERVER_URL: toolServer.url },
    });
  }, 300_000);
  afterAll(async () => {
    await gateway?.stop();
    await toolServer?.stop();
  }, 60_000);

  it('is seen by nobody else, though sandboxes are used again', async () => {
    const answers = await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        const secret = newSecret(client);
        const completion = await gateway.client(`key-${client}`).chat.completions.create({
          model: 'demo',
          messages: [{ role: 'user', content: `ask ${secret}` }],
          ...{ interleave: { max_obs_length: 20_000 } },
        });
        return { client, secret, answer: JSON.stringify(completion), text: completion.choices[0]?.message.content ?? '' };
      }),
    );

    for (const { client, secret, answer, text } of answers) {
      expect([...ownersIn(answer)]).toEqual([client]);
      // The second program found what the first had left: the session is one, and the search sees something.
      expect(text).toContain(`${secret} ${secret}\n`);
      expect(text.endsWith(`Done ${secret}.`)).toBe(true);
    }
  }, 120_000);
});
