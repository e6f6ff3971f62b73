import type { Hello } from '@interleave/sandbox';
import type { SandboxSlot } from './sandbox-slot';

export interface LaunchedSlot {
  readonly slot: SandboxSlot;
  readonly hello: Hello;
}

/** Makes sandboxes of one kind and takes them away again. */
export interface SlotLauncher {
  /** Resolves when the supervisor is ready; on failure nothing is left behind. */
  launch(slotId: string, signal: AbortSignal): Promise<LaunchedSlot>;
  remove(slot: SandboxSlot): Promise<void>;
  /** Processor time that everything in the sandbox has used so far. Where it can't be had, there is no such method. */
  processorTimeMs?(slot: SandboxSlot, signal: AbortSignal): Promise<number>;
}
