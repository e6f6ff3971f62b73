import { AppError } from '@interleave/kernel';
import type { ToolServerSettings } from '@interleave/settings';
import type { SandboxBackend } from '../backend/sandbox-backend';
import type { SandboxSlot } from '../slot/sandbox-slot';
import type { LaunchedSlot } from '../slot/slot-launcher';

/** Sandboxes that are child processes with CPython in WebAssembly: for a machine that has nothing but Node. */
export class WasmBackend implements SandboxBackend {
  readonly kind = 'wasm';
  readonly runtime = 'pyodide';
  readonly warning = 'Code runs in WebAssembly in a process of this machine, not in a container.';
  readonly costs = { idleMib: 180, maxIdle: 2, hasCheckpoints: false };

  constructor(private readonly settings: ToolServerSettings) {}

  /** Why there is no interpreter to run, in a few words; null when there is one. */
  static missing(): string | null {
    return 'the package pyodide is not installed';
  }

  async prepare(): Promise<void> {
    throw new AppError('sandbox_unavailable', `SANDBOX is ${this.settings.sandbox}, but ${WasmBackend.missing()}.`);
  }

  launch(_slotId: string, _signal: AbortSignal): Promise<LaunchedSlot> {
    return Promise.reject(new AppError('sandbox_unavailable', 'No sandbox can be made.'));
  }

  async remove(_slot: SandboxSlot): Promise<void> {
    return undefined;
  }

  async sweep(): Promise<number> {
    return 0;
  }
}
