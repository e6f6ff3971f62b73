import type { Report } from '../report';
import { ECHO, EXECUTE, PING } from './floor';
import { CONTAINER_PER_CALL, EXEC_PER_CALL } from './peers';
import { NEW_SESSION_AT_REST, SAME_SESSION } from './session-parts';

const CLIENTS = [1, 8, 64, 256];

/** What follows from rows of several parts, as far as they were measured. */
export function conclude(report: Report): void {
  const same = report.row('same-session', SAME_SESSION, 1)?.measurement;
  if (!same) return;
  const echo = report.row('floor', ECHO, 1)?.measurement;
  const ping = report.row('floor', PING, 1)?.measurement;
  const execute = report.row('floor', EXECUTE, 1, 'checkpoint off')?.measurement;
  if (echo && ping && execute) {
    const bare = echo.p50 + ping.p50;
    const withRun = echo.p50 + execute.p50;
    report.found(
      'floor',
      `one client: a call takes ${same.p50.toFixed(2)} ms. An HTTP echo (${echo.p50.toFixed(2)}) and a frame there and back (${ping.p50.toFixed(2)}) ` +
        `take ${bare.toFixed(2)} ms, ${share(bare, same.p50)} of it; an HTTP echo and a call by frames (${execute.p50.toFixed(2)}) ` +
        `${withRun.toFixed(2)} ms, ${share(withRun, same.p50)} of it`,
      { call_ms: same.p50, floor_ms: bare, floor_with_run_ms: withRun, share: bare / same.p50, share_with_run: withRun / same.p50 },
    );
  }
  for (const clients of CLIENTS) {
    const calls = (report.row('same-session', SAME_SESSION, clients) ?? report.row('crowd', SAME_SESSION, clients))?.measurement;
    const echoes = report.row('floor', ECHO, clients)?.measurement;
    const frames = report.row('floor', EXECUTE, clients, 'checkpoint off')?.measurement;
    if (!calls || !echoes || clients === 1) continue;
    // One machine does both: the seconds that an echo takes and those that a call by frames takes add up.
    const both = frames ? 1 / (1 / echoes.perSecond + 1 / frames.perSecond) : null;
    const ceiling = both === null ? '' : `; echo and call by frames one after the other would allow ${both.toFixed(0)}`;
    report.found(
      'floor',
      `${clients} clients: ${calls.perSecond.toFixed(0)} calls per second, ${echoes.perSecond.toFixed(0)} echoes${ceiling}`,
      {
        clients,
        calls_per_second: calls.perSecond,
        echoes_per_second: echoes.perSecond,
        ceiling_per_second: both,
      },
    );
  }
  const fresh = report.row('new-session', NEW_SESSION_AT_REST, 1)?.measurement;
  for (const [what, short] of [
    [CONTAINER_PER_CALL, 'container-per-call'],
    [EXEC_PER_CALL, 'exec-per-call'],
  ] as const) {
    const peer = report.row('peers', what, 1, what === CONTAINER_PER_CALL ? 'same container, log' : 'same container')?.measurement;
    if (!peer) continue;
    const ofNew = fresh ? `, ${(peer.p50 / fresh.p50).toFixed(0)} times as long as the first call of a new session` : '';
    report.found(
      'peers',
      `${short} takes ${(peer.p50 / same.p50).toFixed(0)} times as long as a call in a live session${ofNew} (p50, one client)`,
      {
        ratio_to_call: peer.p50 / same.p50,
        ratio_to_first_call: fresh ? peer.p50 / fresh.p50 : null,
      },
    );
  }
}

function share(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(0)} %`;
}
