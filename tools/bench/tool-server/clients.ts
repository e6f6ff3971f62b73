import { ToolCaller } from '../../harness/tool-caller';
import type { RunningToolServer } from '../../harness/running-tool-server';
import type { Load } from '../measure';
import { CODE, OUTPUT } from './bench-run';

/** A session that stays. */
export function onOneSession(server: RunningToolServer, options: object = {}): Load['client'] {
  return async () => {
    const caller = new ToolCaller(server);
    const id = await caller.open(options);
    const request = caller.prepare(id, { code: CODE });
    return { call: async () => void (await caller.expect(request, OUTPUT)), close: () => closed(caller, id) };
  };
}

/** Sessions that several clients share: calls on one session wait for each other. */
export function onSharedSessions(server: RunningToolServer, sessions: number): Load['client'] {
  const opened = new Map<number, { readonly id: Promise<string>; users: number }>();
  return async (place) => {
    const caller = new ToolCaller(server);
    const shared = opened.get(place % sessions) ?? { id: caller.open(), users: 0 };
    opened.set(place % sessions, shared);
    shared.users += 1;
    const id = await shared.id;
    const request = caller.prepare(id, { code: CODE });
    const leave = async () => {
      shared.users -= 1;
      if (shared.users > 0) return caller.disconnect();
      opened.delete(place % sessions);
      await closed(caller, id);
    };
    return { call: async () => void (await caller.expect(request, OUTPUT)), close: leave };
  };
}

/** A new session each time: what counts is until the first answer, the close is only in the rate. */
export function onNewSessions(server: RunningToolServer): Load['client'] {
  return () => {
    const caller = new ToolCaller(server);
    const call = async () => {
      const startMs = performance.now();
      const id = await caller.open();
      const openedMs = performance.now();
      let answeredMs: number;
      try {
        await caller.expect(caller.prepare(id, { code: CODE }), OUTPUT);
      } finally {
        answeredMs = performance.now();
        await caller.close(id);
      }
      const parts = { open: openedMs - startMs, first_call: answeredMs - openedMs, close: performance.now() - answeredMs };
      return { ms: answeredMs - startMs, parts };
    };
    return Promise.resolve({ call, close: () => Promise.resolve(caller.disconnect()) });
  };
}

async function closed(caller: ToolCaller, id: string): Promise<void> {
  await caller.close(id);
  caller.disconnect();
}
