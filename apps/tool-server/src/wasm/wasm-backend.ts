import { AppError, Deferred, toAppError } from '@interleave/kernel';
import type { ToolServerSettings } from '@interleave/settings';
import type { SandboxBackend } from '../backend/sandbox-backend';
import { SandboxSlot } from '../slot/sandbox-slot';
import type { LaunchedSlot } from '../slot/slot-launcher';
import type { BootOptions } from './boot-message';
import { ChildChannel } from './child-channel';
import { findChildProgram } from './child-program';
import { makeSnapshot } from './make-snapshot';
import { restrictionsOf } from './node-restrictions';
import { findPyodide } from './pyodide-package';

const BOOT_TIMEOUT_MS = 60_000;
/** What a process takes besides the memory of its interpreter: Node, the compiled interpreter, files, a snapshot. */
const PROCESS_MIB = 288;
const MAX_FILES = 8192;
const NOT_INSTALLED = 'the package pyodide, an optional dependency, is not installed: run `npm ci` without --omit=optional';

interface Prepared {
  readonly command: { readonly flags: readonly string[]; readonly main: string };
  readonly options: BootOptions;
  readonly snapshot: Uint8Array;
}

/** Sandboxes that are child processes with CPython in WebAssembly: for a machine that has nothing but Node. */
export class WasmBackend implements SandboxBackend {
  readonly kind = 'wasm';
  readonly warning =
    'Code runs as WebAssembly in a child process of this machine, not in a container. A program that finds a hole in the JavaScript engine or in ' +
    'Pyodide acts as the user who started the tool server, with the network of this machine. For a first look and for models you trust; for anything ' +
    'else install Docker.';
  readonly isDirect = true;
  readonly costs = { idleMib: 240, maxIdle: 2, maxUses: 1, hasCheckpoints: false };
  private readonly channels = new Map<SandboxSlot, ChildChannel>();
  /** Resolves once `prepare` has succeeded: a session may be asked for before. */
  private readonly prepared = new Deferred<Prepared>();

  constructor(private readonly settings: ToolServerSettings) {}

  /** Why there is no interpreter to run, in a few words; null when there is one. */
  static missing(): string | null {
    return findPyodide() === null ? NOT_INSTALLED : null;
  }

  get runtime(): string {
    return `pyodide ${findPyodide()?.version ?? ''} on node ${process.versions.node}`;
  }

  async prepare(onProgress: (line: string) => void, signal: AbortSignal): Promise<void> {
    const pyodide = findPyodide();
    if (!pyodide) throw new AppError('sandbox_unavailable', `Python in WebAssembly can't run: ${NOT_INSTALLED}.`);
    onProgress('Loading Python in WebAssembly');
    const { main, folders, sources } = findChildProgram();
    const command = { main, flags: restrictionsOf([...folders, pyodide.folder]) };
    const { sandboxMemoryMib } = this.settings;
    const scratchMib = Math.max(16, Math.floor(sandboxMemoryMib / 8));
    const options = {
      pyodideFolder: pyodide.folder,
      sources: {},
      makesSnapshot: false,
      limits: {
        interpreterMib: sandboxMemoryMib - scratchMib,
        processMib: sandboxMemoryMib + PROCESS_MIB,
        filesMib: scratchMib,
        maxFiles: MAX_FILES,
      },
    };
    this.prepared.resolve({ command, options, snapshot: await makeSnapshot(command, { ...options, sources }, signal) });
  }

  /** Resolves when the interpreter is ready; on failure the process is gone. */
  async launch(_slotId: string, signal: AbortSignal): Promise<LaunchedSlot> {
    signal.throwIfAborted();
    const aborted = new Deferred<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const prepared = await Promise.race([this.prepared.promise, aborted.promise]);
      return await this.start(prepared, signal);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async remove(slot: SandboxSlot): Promise<void> {
    slot.lose(new AppError('sandbox_unavailable', 'The sandbox was taken out of service.'));
    await this.channels.get(slot)?.end();
    this.channels.delete(slot);
  }

  /** A child ends when its stdin does, and that ends with us. */
  async sweep(): Promise<number> {
    return 0;
  }

  private async start(prepared: Prepared, signal: AbortSignal): Promise<LaunchedSlot> {
    signal.throwIfAborted();
    const slot = new SandboxSlot();
    const hello = slot.hello(BOOT_TIMEOUT_MS);
    // Whoever fails first is reported below; the other one must not be an unhandled rejection.
    hello.catch(() => undefined);
    const onAbort = () => slot.lose(toAppError(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const channel = new ChildChannel(prepared.command, prepared, slot);
      this.channels.set(slot, channel);
      slot.attach(channel);
      return { slot, hello: await hello };
    } catch (error) {
      slot.lose(toAppError(error));
      await this.remove(slot);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
