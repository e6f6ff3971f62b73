import { ToolCaller } from '../../harness/tool-caller';
import type { RunningToolServer } from '../../harness/running-tool-server';
import { CODE, measureVariants, OUTPUT } from './bench-run';
import type { BenchRun, Variant } from './bench-run';
import { onNewSessions, onOneSession } from './clients';

export const SAME_SESSION = 'same session';
export const NEW_SESSION = 'new session: open and first call';
export const NEW_SESSION_AT_REST = 'new session: open and first call, pool at rest';
const CLIENTS = [1, 8, 64];
const CHECKPOINTS = ['off', 'auto', 'always'] as const;
/** Long enough for a session to be wiped before the next one is opened. */
const REST_MS = 40;
const THINK_MS = 20;

export function benchSameSession(run: BenchRun, server: RunningToolServer): Promise<void> {
  const variants = CLIENTS.map((clients) => ({ what: SAME_SESSION, clients, client: onOneSession(server) }));
  return measureVariants(run, 'same-session', variants, server);
}

export async function benchNewSession(run: BenchRun, server: RunningToolServer): Promise<void> {
  const variants: Variant[] = [
    { what: NEW_SESSION_AT_REST, clients: 1, client: onNewSessions(server), thinkMs: REST_MS },
    ...CLIENTS.map((clients) => ({ what: NEW_SESSION, clients, client: onNewSessions(server) })),
  ];
  await measureVariants(run, 'new-session', variants, server);
  for (const { what, clients } of variants) {
    const measurement = run.report.row('new-session', what, clients)?.measurement;
    if (!measurement) continue;
    const parts = Object.entries(measurement.parts).map(([name, ms]) => `${name.replace('_', ' ')} ${ms.toFixed(2)} ms`);
    run.report.found('new-session', `${what}, ${clients}: ${parts.join(', ')} (medians)`, measurement.parts);
  }
}

export async function benchStateless(run: BenchRun, server: RunningToolServer): Promise<void> {
  const probe = new ToolCaller(server);
  const status = await probe.statusOf('POST', '/v1/executions', { code: CODE });
  probe.disconnect();
  if (status === 404) return run.report.skip('stateless', 'this tool server has no POST /v1/executions.');
  const client = () => {
    const caller = new ToolCaller(server);
    const request = caller.prepareStateless({ code: CODE });
    return Promise.resolve({
      call: async () => void (await caller.expect(request, OUTPUT)),
      close: () => Promise.resolve(caller.disconnect()),
    });
  };
  await measureVariants(
    run,
    'stateless',
    CLIENTS.map((clients) => ({ what: 'stateless call', clients, client })),
    server,
  );
}

export async function benchCheckpoint(run: BenchRun, server: RunningToolServer): Promise<void> {
  const probe = new ToolCaller(server);
  const status = await probe.statusOf('POST', '/v1/sessions', { checkpoint: 'no such policy' });
  probe.disconnect();
  if (status !== 400)
    return run.report.skip('checkpoint', `this tool server takes no checkpoint policy per session (it answered ${status}).`);
  const variants = [
    { clients: 1, thinkMs: 0 },
    { clients: 1, thinkMs: THINK_MS },
    { clients: 8, thinkMs: 0 },
  ].flatMap(({ clients, thinkMs }) =>
    CHECKPOINTS.map((checkpoint) => ({
      what: `same session, ${thinkMs} ms between calls`,
      settings: `checkpoint ${checkpoint}`,
      clients,
      thinkMs,
      client: onOneSession(server, { checkpoint }),
    })),
  );
  await measureVariants(run, 'checkpoint', variants, server);
  for (const { what, clients } of variants.filter(({ settings }) => settings === 'checkpoint off')) {
    const p50 = (policy: string) => run.report.row('checkpoint', what, clients, `checkpoint ${policy}`)?.measurement.p50;
    const [off, auto, always] = CHECKPOINTS.map(p50);
    if (off === undefined || auto === undefined || always === undefined) continue;
    const extra = { auto: auto - off, always: always - off };
    run.report.found(
      'checkpoint',
      `${what}, ${clients}: auto adds ${extra.auto.toFixed(2)} ms by p50, always ${extra.always.toFixed(2)} ms`,
      extra,
    );
  }
}
