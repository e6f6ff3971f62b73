import type { Capabilities } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import { ToolServerSettings } from '@interleave/settings';
import { Controller, Get, Inject } from '@nestjs/common';
import { SANDBOX_BACKEND } from '../backend/sandbox-backend';
import type { SandboxBackend } from '../backend/sandbox-backend';
import { RunGate } from '../pool/run-gate';
import { SandboxPool } from '../pool/sandbox-pool';
import { SessionRegistry } from '../sessions/session-registry';

/** Figures of one call that are returned at most; the sandbox holds to it. */
const MAX_IMAGES = 8;

/** What programs find here: for system prompts, and for a gateway that plans how much it lets in. */
@Controller('v1/capabilities')
export class CapabilitiesController {
  constructor(
    private readonly settings: ToolServerSettings,
    @Inject(SANDBOX_BACKEND) private readonly backend: SandboxBackend,
    private readonly pool: SandboxPool,
    private readonly sessions: SessionRegistry,
    private readonly gate: RunGate,
  ) {}

  @Get()
  capabilities(): Capabilities {
    const { hello } = this.pool;
    if (!hello)
      throw new AppError('sandbox_unavailable', 'No sandbox has come up yet; /ready says why.', { isRetryable: true, retryAfterMs: 2000 });
    const { settings } = this;
    return {
      sandbox: this.backend.kind,
      runtime: this.backend.runtime,
      channel: this.backend.isDirect ? 'direct' : 'engine',
      warning: this.backend.warning,
      python: hello.python,
      packages: hello.packages,
      limits: {
        timeout_ms: settings.toolTimeout * 1000,
        max_timeout_ms: settings.maxToolTimeout * 1000,
        max_output_bytes: settings.maxOutputBytes,
        memory_mib: settings.sandboxMemoryMib,
        pids: this.backend.kind === 'docker' ? settings.sandboxPids : 1,
        max_file_bytes: settings.maxFileBytes,
        max_images: MAX_IMAGES,
      },
      checkpoint: this.backend.costs.hasCheckpoints ? settings.sandboxCheckpoint : 'off',
      sessions: { max: this.pool.maxSlots, active: this.sessions.activeCount, waiting: this.pool.waitingCount },
      run_slots: { max: this.gate.max, active: this.gate.activeCount, waiting: this.gate.waitingCount },
    };
  }
}
