import { randomUUID } from 'node:crypto';
import { AppError, toAppError } from '@interleave/kernel';
import type { ContainerRuntime } from '@interleave/docker-runtime';
import { within } from '@interleave/platform';
import type { ToolServerSettings } from '@interleave/settings';
import { ContainerSlotLauncher } from '../container/container-slot-launcher';
import { sandboxContainerSpec } from '../container/sandbox-container-spec';
import { ensureSandboxImage } from '../container/sandbox-image';
import type { SandboxFolder } from '../container/sandbox-image';
import { sweepOrphans } from '../container/sweep-orphans';
import type { SandboxSlot } from '../slot/sandbox-slot';
import type { LaunchedSlot } from '../slot/slot-launcher';
import type { SandboxBackend, SandboxCosts } from './sandbox-backend';

const ENGINE_TIMEOUT_MS = 10_000;
const BUILD_TIMEOUT_MS = 20 * 60_000;

/** Sandboxes that are containers. */
export class DockerBackend implements SandboxBackend {
  readonly kind = 'docker';
  readonly warning = null;
  readonly costs: SandboxCosts;
  /** Of this process, on its containers: another one's are not ours to remove. */
  readonly instanceId = randomUUID();
  private readonly launcher: ContainerSlotLauncher;

  /** @param withoutEngine said, besides what is wrong, when no engine answers */
  constructor(
    private readonly settings: ToolServerSettings,
    private readonly engine: ContainerRuntime,
    private readonly folder: SandboxFolder,
    private readonly withoutEngine: string | null = null,
  ) {
    this.costs = {
      idleMib: 96,
      maxIdle: Number.MAX_SAFE_INTEGER,
      maxUses: Number.MAX_SAFE_INTEGER,
      // gVisor refuses the system call that makes a copy a sibling.
      hasCheckpoints: !settings.sandboxRuntime.startsWith('runsc'),
    };
    this.launcher = new ContainerSlotLauncher(
      engine,
      (slotId) =>
        sandboxContainerSpec({
          image: settings.sandboxImage ?? folder.imageTag,
          runtime: settings.sandboxRuntime,
          seccompProfile: folder.seccompProfile,
          memoryMib: settings.sandboxMemoryMib,
          pids: settings.sandboxPids,
          instanceId: this.instanceId,
          slotId,
        }),
      settings.sandboxDirect,
    );
  }

  get runtime(): string {
    return this.settings.sandboxRuntime;
  }

  get isDirect(): boolean {
    return this.launcher.isDirect;
  }

  /** Ids of the containers that are in use or about to go. */
  get knownContainers(): ReadonlySet<string> {
    return this.launcher.knownContainers;
  }

  async prepare(onProgress: (line: string) => void, signal: AbortSignal): Promise<void> {
    await this.checkEngine(signal);
    const { sandboxImage } = this.settings;
    if (sandboxImage === undefined) {
      const report = (line: string) => onProgress(`Building the sandbox image: ${line}`);
      await within(BUILD_TIMEOUT_MS, signal, (bounded) => ensureSandboxImage(this.engine, this.folder, report, bounded));
    } else if (!(await within(ENGINE_TIMEOUT_MS, signal, (bounded) => this.engine.imageExists(sandboxImage, bounded)))) {
      throw new AppError(
        'sandbox_unavailable',
        `SANDBOX_IMAGE is ${sandboxImage}, but the engine has no such image: pull or build it, or leave the setting out.`,
      );
    }
  }

  launch(slotId: string, signal: AbortSignal): Promise<LaunchedSlot> {
    return this.launcher.launch(slotId, signal);
  }

  processorTimeMs(slot: SandboxSlot, signal: AbortSignal): Promise<number> {
    return this.launcher.processorTimeMs(slot, signal);
  }

  remove(slot: SandboxSlot): Promise<void> {
    return this.launcher.remove(slot);
  }

  sweep(signal: AbortSignal): Promise<number> {
    const own = { instanceId: this.instanceId, knownContainers: this.knownContainers };
    return sweepOrphans(this.engine, own, Date.now(), signal);
  }

  private async checkEngine(signal: AbortSignal): Promise<void> {
    const { runtimes } = await within(ENGINE_TIMEOUT_MS, signal, (bounded) => this.engine.describe(bounded)).catch((error: unknown) => {
      if (this.withoutEngine === null) throw error;
      throw new AppError('docker_unavailable', `${toAppError(error).message} ${this.withoutEngine}`, { cause: error });
    });
    if (runtimes.length > 0 && !runtimes.includes(this.runtime)) {
      throw new AppError('sandbox_unavailable', `SANDBOX_RUNTIME is ${this.runtime}, but the engine has only ${runtimes.join(', ')}.`);
    }
  }
}
