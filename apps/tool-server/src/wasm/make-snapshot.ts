import { AppError } from '@interleave/kernel';
import { within } from '@interleave/platform';
import type { BootOptions } from './boot-message';
import { ChildChannel } from './child-channel';

const TIMEOUT_MS = 60_000;
const MAX_DIAGNOSTICS_BYTES = 4096;

/**
 * The memory of an interpreter that has loaded and imported what programs use: each sandbox starts from a copy of it, in a tenth of the time.
 * @throws AppError `sandbox_unavailable` with what the child said last
 */
export async function makeSnapshot(
  command: { readonly flags: readonly string[]; readonly main: string },
  options: BootOptions,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let diagnostics = '';
  let channel: ChildChannel | null = null;
  try {
    await within(TIMEOUT_MS, signal, (bounded) => {
      return new Promise<void>((resolve, reject) => {
        bounded.addEventListener('abort', () => reject(bounded.reason), { once: true });
        channel = new ChildChannel(
          command,
          { options: { ...options, makesSnapshot: true }, snapshot: null },
          {
            onOutput: (bytes) => chunks.push(bytes),
            onDiagnostics: (bytes) => (diagnostics = (diagnostics + Buffer.from(bytes).toString()).slice(-MAX_DIAGNOSTICS_BYTES)),
            onClosed: resolve,
          },
        );
      });
    });
  } finally {
    await (channel as ChildChannel | null)?.end();
  }
  if (chunks.length === 0) throw new AppError('sandbox_unavailable', `Python in WebAssembly did not load. ${diagnostics}`.trim());
  return Buffer.concat(chunks);
}
