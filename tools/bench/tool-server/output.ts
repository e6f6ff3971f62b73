import type { ExecutionEvent, ExecutionResult } from '@interleave/contracts';
import { readServerSentEvents } from '@interleave/testing';
import { HttpClient } from '../../harness/http-client';
import { ToolCaller } from '../../harness/tool-caller';
import type { RunningToolServer } from '../../harness/running-tool-server';
import { measureVariants } from './bench-run';
import type { BenchRun } from './bench-run';

const BYTES = 1_000_000;
const CODE = `print("x" * ${BYTES - 1})`;
const IN_ONE_ANSWER = '1 MB of output in one answer';
const STREAMED = '1 MB of output streamed';

/** What a program prints, as one JSON answer and as events. */
export async function benchOutput(run: BenchRun, server: RunningToolServer): Promise<void> {
  const inOneAnswer = async () => {
    const caller = new ToolCaller(server);
    const id = await caller.open();
    const request = caller.prepare(id, { code: CODE });
    const call = async () => whole(await caller.call(request));
    return { call, close: () => caller.close(id).finally(() => caller.disconnect()) };
  };
  const streamed = async () => {
    const http = new HttpClient(server.url, server.token);
    const caller = new ToolCaller(server);
    const id = await caller.open();
    const call = async () => {
      let bytes = 0;
      for await (const { event, data } of readServerSentEvents(await http.stream(`/v1/sessions/${id}/execute`, { code: CODE }))) {
        const parsed = JSON.parse(data) as ExecutionEvent['data'];
        if (event === 'stdout') bytes += (parsed as { text: string }).text.length;
        else if (event === 'result') whole(parsed as ExecutionResult);
        else throw new Error(`an event ${event}: ${data.slice(0, 300)}`);
      }
      if (bytes !== BYTES) throw new Error(`${bytes} of ${BYTES} bytes were streamed`);
    };
    const close = async () => {
      await caller.close(id);
      caller.disconnect();
      await http.close();
    };
    return { call, close };
  };
  const isStreaming = await streams(server);
  if (!isStreaming) run.report.skip('output', 'this tool server does not stream the events of a call: only the row of one answer.');
  const variants = [
    { what: IN_ONE_ANSWER, clients: 1, client: inOneAnswer },
    ...(isStreaming ? [{ what: STREAMED, clients: 1, client: streamed }] : []),
  ];
  await measureVariants(run, 'output', variants, server);
  for (const { what } of variants) {
    const p50 = run.report.row('output', what, 1)?.measurement.p50;
    if (p50 !== undefined)
      run.report.found('output', `${what}: ${(BYTES / 1e3 / p50).toFixed(0)} MB/s`, { mb_per_second: BYTES / 1e3 / p50 });
  }
}

function whole(result: ExecutionResult): void {
  if (result.status !== 'ok' || result.output.length !== BYTES)
    throw new Error(`${result.status}, ${result.output.length} of ${BYTES} bytes, ${JSON.stringify(result.error)}`);
}

async function streams(server: RunningToolServer): Promise<boolean> {
  const http = new HttpClient(server.url, server.token);
  const caller = new ToolCaller(server);
  const id = await caller.open();
  try {
    for await (const { event } of readServerSentEvents(await http.stream(`/v1/sessions/${id}/execute`, { code: 'print(1)' })))
      return event !== null;
    return false;
  } finally {
    await caller.close(id);
    caller.disconnect();
    await http.close();
  }
}
