import type { ContainerRuntime } from '@interleave/docker-runtime';
import { isLoopback } from '@interleave/settings';
import type { ToolServerSettings } from '@interleave/settings';
import { findSandboxFolder } from '../container/sandbox-image';
import { WasmBackend } from '../wasm/wasm-backend';
import { DockerBackend } from './docker-backend';
import type { SandboxBackend } from './sandbox-backend';

const ENGINE_TIMEOUT_MS = 5000;
const INSTALL_DOCKER = 'install and start Docker (https://docs.docker.com/engine/install)';

export interface KindChoice {
  readonly kind: 'docker' | 'wasm';
  /** Where no engine answered and the fallback may not be taken: why, with what to do. */
  readonly objection: string | null;
}

export async function chooseBackend(settings: ToolServerSettings, engine: ContainerRuntime): Promise<SandboxBackend> {
  const { kind, objection } = await chooseKind(settings, engine);
  return kind === 'wasm'
    ? new WasmBackend(settings)
    : new DockerBackend(settings, engine, findSandboxFolder(settings.sandboxTier), objection);
}

/**
 * What code will run in, decided once: nobody finds himself with less isolation because an engine was restarted. The weaker kind is
 * taken without being named only where nobody else can reach the server.
 */
export async function chooseKind(settings: ToolServerSettings, engine: ContainerRuntime): Promise<KindChoice> {
  if (settings.sandbox !== 'auto') return { kind: settings.sandbox, objection: null };
  if (await answers(engine)) return { kind: 'docker', objection: null };
  const objection = objectionToWasm(settings);
  return { kind: objection === null ? 'wasm' : 'docker', objection };
}

/** Why the fallback is not taken by itself, with what to do; null when it may be. */
function objectionToWasm(settings: ToolServerSettings): string | null {
  if (!isLoopback(settings.toolHost)) {
    return (
      `The fallback, Python in WebAssembly, is no boundary to rely on, so it is never chosen for an address that others can reach (TOOL_HOST is ` +
      `${settings.toolHost}): ${INSTALL_DOCKER}, or say SANDBOX=wasm.`
    );
  }
  const missing = WasmBackend.missing();
  return missing === null ? null : `The fallback, Python in WebAssembly, can't be had either (${missing}): ${INSTALL_DOCKER}, or add it.`;
}

async function answers(engine: ContainerRuntime): Promise<boolean> {
  try {
    await engine.describe(AbortSignal.timeout(ENGINE_TIMEOUT_MS));
    return true;
  } catch (_noEngine) {
    return false;
  }
}
