import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { RunGate } from '../pool/run-gate';
import type { SandboxPool } from '../pool/sandbox-pool';
import type { SessionRegistry } from '../sessions/session-registry';

const STATUSES = ['creating', 'idle', 'checking', 'leased', 'wiping', 'destroying'] as const;

/** Gauges that are read when Prometheus asks. */
export function registerPoolGauges(registry: Registry, pool: SandboxPool, sessions: SessionRegistry, gate: RunGate): void {
  new Gauge({
    name: 'interleave_sandbox_slots',
    help: 'Sandboxes by state',
    labelNames: ['status'],
    registers: [registry],
    collect() {
      for (const status of STATUSES) this.set({ status }, pool.count(status));
    },
  });
  new Gauge({
    name: 'interleave_tool_sessions',
    help: 'Open sessions',
    registers: [registry],
    collect() {
      this.set(sessions.activeCount);
    },
  });
  new Gauge({
    name: 'interleave_tool_running_programs',
    help: 'Programs running now',
    registers: [registry],
    collect() {
      this.set(gate.activeCount);
    },
  });
}
