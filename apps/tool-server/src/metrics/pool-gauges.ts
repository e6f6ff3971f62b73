import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { RunGate } from '../pool/run-gate';
import type { SandboxPool } from '../pool/sandbox-pool';
import type { SessionRegistry } from '../sessions/session-registry';

const STATUSES = ['creating', 'idle', 'checking', 'leased', 'wiping', 'destroying'] as const;

/** What the pool, the sessions and the permits tell of themselves when Prometheus asks, and how creations went. */
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
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge('interleave_sandbox_breaker_open', '1 while the engine fails or is slow and one sandbox at a time is tried', () =>
    pool.isBreakerOpen ? 1 : 0,
  );
  gauge('interleave_sandbox_failed_wipes', 'Sandboxes destroyed because they could not be cleaned after a session', () => pool.failedWipes);
  gauge('interleave_tool_sessions', 'Open sessions', () => sessions.activeCount);
  gauge('interleave_tool_waiting_sessions', 'New sessions that wait for a sandbox', () => pool.waitingCount);
  gauge('interleave_tool_running_programs', 'Programs running now', () => gate.activeCount + gate.excusedCount);
  gauge(
    'interleave_tool_sleeping_programs',
    'Of those: let run on without a permit, because they left processors idle',
    () => gate.excusedCount,
  );
  gauge('interleave_tool_waiting_programs', 'Programs that wait for a permit to run', () => gate.waitingCount);
  countCreations(registry, pool);
}

function countCreations(registry: Registry, pool: SandboxPool): void {
  const seconds = new Histogram({
    name: 'interleave_sandbox_creation_seconds',
    help: 'Time until a new sandbox was ready',
    buckets: [0.1, 0.3, 0.5, 1, 2, 5, 10, 30],
    registers: [registry],
  });
  const failures = new Counter({
    name: 'interleave_sandbox_creation_failures_total',
    help: 'Sandboxes that could not be created',
    registers: [registry],
  });
  pool.onCreation(({ isSuccess, durationMs }) => {
    if (isSuccess) seconds.observe(durationMs / 1000);
    else failures.inc();
  });
}
