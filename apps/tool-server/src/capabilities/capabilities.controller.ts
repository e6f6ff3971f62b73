import type { Capabilities } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import { ToolServerSettings } from '@interleave/settings';
import { Controller, Get } from '@nestjs/common';
import { RunGate } from '../pool/run-gate';
import { SandboxPool } from '../pool/sandbox-pool';
import { SessionRegistry } from '../sessions/session-registry';

/** What programs find here: for system prompts, and for a gateway that plans how much it lets in. */
@Controller('v1/capabilities')
export class CapabilitiesController {
  constructor(
    private readonly settings: ToolServerSettings,
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
      sandbox: settings.sandbox,
      runtime: settings.sandboxRuntime,
      python: hello.python,
      packages: hello.packages,
      limits: {
        timeout_ms: settings.toolTimeout * 1000,
        max_timeout_ms: settings.maxToolTimeout * 1000,
        max_output_bytes: settings.maxOutputBytes,
        memory_mib: settings.sandboxMemoryMib,
        pids: settings.sandboxPids,
      },
      sessions: { max: this.pool.maxSlots, active: this.sessions.activeCount },
      run_slots: { max: this.gate.max, active: this.gate.activeCount },
    };
  }
}
