import { createRequire } from 'node:module';
import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { dockerUnavailableReason } from '@interleave/testing';
import type { RuntimeName } from '../cases/hostile-case';

const ENGINE_TIMEOUT_MS = 10_000;

/** Why this machine can't attack a runtime, in a sentence; null if it can. */
export async function unavailableReason(runtime: RuntimeName): Promise<string | null> {
  if (runtime === 'wasm') return hasPyodide() ? null : 'the optional package pyodide is not installed';
  const reason = dockerUnavailableReason();
  if (reason !== null) return reason;
  const { runtimes } = await new DockerContainerRuntime().describe(AbortSignal.timeout(ENGINE_TIMEOUT_MS));
  return runtimes.includes(runtime) ? null : `no ${runtime}: the engine has only ${runtimes.join(', ')}`;
}

function hasPyodide(): boolean {
  try {
    createRequire(__filename).resolve('pyodide/package.json');
    return true;
  } catch (_notInstalled) {
    return false;
  }
}
