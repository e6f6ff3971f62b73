import { AppError, toAppError } from '@interleave/kernel';
import type { ContainerRuntime, ContainerSpec } from '@interleave/docker-runtime';
import type { OfferedLine } from '@interleave/sandbox';
import { SandboxSlot } from '../slot/sandbox-slot';
import { openDirectLine } from './direct-line';
import type { SandboxChannel } from '../slot/sandbox-channel';
import type { LaunchedSlot, SlotLauncher } from '../slot/slot-launcher';

const BOOT_TIMEOUT_MS = 60_000;
const REMOVE_TIMEOUT_MS = 30_000;
/** What a supervisor said before it died comes through the engine, which is slower than the line that broke with it. */
const LAST_WORDS_TIMEOUT_MS = 500;

/** Starts containers and takes them away again: the only user of the container runtime on behalf of the pool. */
export class ContainerSlotLauncher implements SlotLauncher {
  private readonly containers = new Set<string>();
  /** Whether the last sandbox that came up is spoken to past the engine. */
  isDirect = false;

  constructor(
    private readonly runtime: ContainerRuntime,
    private readonly specOf: (slotId: string) => ContainerSpec,
    private readonly mayUseLine: boolean,
  ) {}

  /** Ids of the containers that are in use or about to go. */
  get knownContainers(): ReadonlySet<string> {
    return this.containers;
  }

  /** Resolves when the supervisor is ready; on failure the container is removed. */
  async launch(slotId: string, signal: AbortSignal): Promise<LaunchedSlot> {
    const slot = new SandboxSlot();
    const hello = slot.hello(BOOT_TIMEOUT_MS);
    // Whoever fails first is reported below; the other one must not be an unhandled rejection.
    hello.catch(() => undefined);
    try {
      const container = await this.runtime.start(this.specOf(slotId), slot, signal);
      this.containers.add(container.id);
      slot.attach(container);
      const said = await hello;
      const direct = this.mayUseLine && said.line ? await this.openLine(container, said.line, slot, signal) : null;
      this.isDirect = direct !== null;
      if (direct) slot.attach(direct);
      return { slot, hello: said };
    } catch (error) {
      slot.lose(toAppError(error));
      // As above: the sweep finds what can't be removed now.
      await this.remove(slot).catch(() => undefined);
      throw error;
    }
  }

  /** Null where this process can't reach the sandbox past the engine: it then goes on through the engine. */
  private async openLine(
    container: SandboxChannel,
    line: OfferedLine,
    slot: SandboxSlot,
    signal: AbortSignal,
  ): Promise<SandboxChannel | null> {
    const processId = await this.runtime.processId(container.id, signal);
    const listener = {
      onOutput: (bytes: Uint8Array) => slot.onOutput(bytes),
      // Unless the engine says so first.
      onClosed: () => void setTimeout(() => slot.onClosed(), LAST_WORDS_TIMEOUT_MS),
    };
    const direct = await openDirectLine(processId, line, listener, signal);
    if (!direct) return null;
    return {
      id: container.id,
      write: (bytes) => direct.write(bytes),
      detach: () => {
        direct.destroy();
        container.detach();
      },
    };
  }

  async processorTimeMs(slot: SandboxSlot, signal: AbortSignal): Promise<number> {
    if (slot.channelId === null) throw new AppError('sandbox_unavailable', 'The sandbox has not started.');
    return this.runtime.processorTimeMs(slot.channelId, signal);
  }

  async remove(slot: SandboxSlot): Promise<void> {
    slot.lose(new AppError('sandbox_unavailable', 'The sandbox was taken out of service.'));
    const id = slot.channelId;
    if (id === null) return;
    try {
      await this.runtime.remove(id, AbortSignal.timeout(REMOVE_TIMEOUT_MS));
    } finally {
      // What an engine in trouble would not remove is a case for the sweep, which leaves known ones alone.
      this.containers.delete(id);
    }
  }
}
