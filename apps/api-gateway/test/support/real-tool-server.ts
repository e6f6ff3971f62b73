import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort, waitUntil } from '@interleave/testing';

const ROOT = join(__dirname, '../../../..');

/** The tool server on real containers, as a process of its own. */
export async function startToolServer(
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(ROOT, 'dist/apps/tool-server/src/main.js')], {
    cwd: ROOT,
    env: {
      ...process.env,
      TOOL_PORT: String(port),
      SERVICE_TOKEN: 'service-token',
      LOG_LEVEL: 'warn',
      SANDBOX_POOL_SIZE: '2',
      ...environment,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntil(async () => child.exitCode !== null || (await isReady(url)), 300_000);
  if (child.exitCode !== null) throw new Error(`tool-server ended with ${child.exitCode}: build it first (npm run build).`);
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ready`)).ok;
  } catch (_notListening) {
    return false;
  }
}
