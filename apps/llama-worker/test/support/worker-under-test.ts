import type { AddressInfo } from 'node:net';
import { createService } from '@interleave/platform';
import { LlamaWorkerSettings, loadSettings } from '@interleave/settings';
import { workerService } from '../../src/worker-service';
import type { ScriptedModel } from './scripted-model';

export interface WorkerUnderTest {
  readonly url: string;
  readonly model: ScriptedModel;
  post(path: string, body: unknown, options?: { readonly key?: string; readonly signal?: AbortSignal }): Promise<Response>;
  get(path: string, key?: string): Promise<Response>;
  close(): Promise<void>;
}

export const KEY = 'worker-key';

/** The app on a free port, around a scripted model. */
export async function startWorker(model: ScriptedModel, environment: Record<string, string> = {}): Promise<WorkerUnderTest> {
  const settings = loadSettings(LlamaWorkerSettings, {
    environment: { WORKER_API_KEY: KEY, SERVED_MODEL_NAME: 'demo,alias', LOG_LEVEL: 'silent', WORKER_PORT: '0', ...environment },
  });
  const app = await createService(
    workerService(async () => model),
    settings,
  );
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const headers = (key: string) => ({ authorization: `Bearer ${key}`, 'content-type': 'application/json' });
  return {
    url,
    model,
    post: (path, body, { key = KEY, signal } = {}) =>
      fetch(url + path, { method: 'POST', headers: headers(key), body: JSON.stringify(body), signal }),
    get: (path, key = KEY) => fetch(url + path, { headers: headers(key) }),
    close: () => app.close(),
  };
}
