import type { SlotLauncher } from '../slot/slot-launcher';

/** Sandboxes of one kind: where they come from and what may be said of them. */
export interface SandboxBackend extends SlotLauncher {
  readonly kind: 'docker' | 'wasm';
  /** The container runtime, or what runs the WebAssembly. */
  readonly runtime: string;
  /** Whether sandboxes are spoken to without anyone in between. */
  readonly isDirect: boolean;
  /** What these sandboxes don't protect against, for people; null for a real boundary. */
  readonly warning: string | null;
  readonly costs: SandboxCosts;
  /** On the label of every container that this process makes; nothing where there are none. */
  readonly instanceId?: string;
  /**
   * Finds and makes what the first sandbox needs; may take minutes, and tells how far it is.
   * @throws AppError with the remedy
   */
  prepare(onProgress: (line: string) => void, signal: AbortSignal): Promise<void>;
  /**
   * Removes what earlier tool servers left behind.
   * @returns how much that was
   */
  sweep(signal: AbortSignal): Promise<number>;
}

/** What one sandbox takes of the machine: decides how many of them there may be. */
export interface SandboxCosts {
  /** Memory of a sandbox that nobody uses, in MiB. */
  readonly idleMib: number;
  /** Warm ones beyond which more are a waste, whatever the settings ask for. */
  readonly maxIdle: number;
  /** Sessions that one sandbox may serve, one after another. */
  readonly maxUses: number;
  /** Whether a session can be forked, and so gone back to. */
  readonly hasCheckpoints: boolean;
}

export const SANDBOX_BACKEND = Symbol('SandboxBackend');
