import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort, waitUntil } from '@interleave/testing';

const ROOT = join(__dirname, '../../../..');

export interface RealWorker {
  readonly url: string;
  /** Empty: it asks for none. */
  readonly apiKey: string;
  readonly stop: () => Promise<void>;
}

/** llama-worker with the demo model, as a process of its own. */
export async function startLlamaWorker(): Promise<RealWorker> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(ROOT, 'dist/apps/llama-worker/src/main.js')], {
    env: { ...process.env, MODEL_PATH: join(ROOT, 'models/demo'), SERVED_MODEL_NAME: 'demo', WORKER_PORT: String(port), LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntil(async () => child.exitCode !== null || (await isHealthy(url)), 60_000);
  if (child.exitCode !== null) throw new Error(`llama-worker ended with ${child.exitCode}: build it first (npm run build).`);
  return {
    url,
    apiKey: '',
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch (_notListening) {
    return false;
  }
}
