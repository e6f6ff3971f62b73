import { describeWithDocker, waitUntil } from '@interleave/testing';
import { DockerCli } from './support/docker-cli';
import { ToolServerProcess } from './support/tool-server-process';

const BOOT_MS = 660_000;
const SESSIONS = 64;
const CREATION_MS = 300_000;

describeWithDocker('a tool server that is killed', () => {
  const docker = new DockerCli();

  it(
    `leaves ${SESSIONS} containers that end by themselves, and none after its next start`,
    async () => {
      const settings = {
        SANDBOX_POOL_SIZE: '2',
        // No more: one that is about to be started when the server dies is taken for an orphan only after a minute.
        SANDBOX_MAX_SESSIONS: String(SESSIONS),
        SANDBOX_MEMORY_MIB: '128',
        RUN_SLOTS: String(SESSIONS),
        SESSION_QUEUE_TIMEOUT: '300',
      };
      const killed = await ToolServerProcess.start(settings);
      const { instance } = killed;
      const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => killed.open()));
      const running = sessions.map((session) =>
        killed.execute(session, 'import time\nwhile True: time.sleep(0.1)', { timeout_ms: 60_000 }).catch(() => undefined),
      );
      await waitUntil(async () => (await killed.runSlots()).active === SESSIONS, 30_000);
      expect(docker.containersOf(instance, 'status=running')).toHaveLength(SESSIONS);
      await killed.end('SIGKILL');
      await Promise.all(running);
      await waitUntil(() => docker.containersOf(instance, 'status=running').length === 0, 60_000);

      const next = await ToolServerProcess.start(settings);
      expect(docker.containersOf(instance)).toEqual([]);
      await next.end();
      expect(docker.containersOf(next.instance)).toEqual([]);
    },
    BOOT_MS + CREATION_MS,
  );
});
