import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { AppError } from '@interleave/kernel';
import type { ToolServerSettings } from '@interleave/settings';
import { chooseKind } from '../../../apps/tool-server/src/backend/choose-backend';
import { WasmBackend } from '../../../apps/tool-server/src/wasm/wasm-backend';

const ENGINE_TIMEOUT_MS = 10_000;

/**
 * Decides where code runs, before anything starts: what is settled here is what the tool server is told.
 * @throws AppError, one sentence with the remedy
 */
export async function settleSandbox(settings: ToolServerSettings): Promise<ToolServerSettings> {
  const { kind, objection } = await chooseKind(settings, new DockerContainerRuntime());
  if (kind === 'docker') await requireDocker(objection);
  else requirePyodide();
  if (kind === 'wasm' && settings.sandbox === 'auto') {
    process.stdout.write('Note: no Docker engine answers. Python will run in WebAssembly, which protects this machine less.\n');
  }
  return { ...settings, sandbox: kind } as ToolServerSettings;
}

function requirePyodide(): void {
  const missing = WasmBackend.missing();
  if (missing !== null) throw new AppError('sandbox_unavailable', `SANDBOX is wasm, but ${missing}.`);
}

async function requireDocker(objection: string | null): Promise<void> {
  try {
    await new DockerContainerRuntime().describe(AbortSignal.timeout(ENGINE_TIMEOUT_MS));
  } catch (error) {
    throw new AppError(
      'docker_unavailable',
      `No Docker engine answers (${error instanceof Error ? error.message : String(error)}). ` +
        (objection ??
          'Install and start Docker (https://docs.docker.com/engine/install), check that you may use it (`docker info`), point --tool-server-url at a ' +
            'tool server elsewhere, or take --sandbox wasm for a first look.'),
      { cause: error },
    );
  }
}
