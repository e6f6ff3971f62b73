import type { CreateSessionResponse, ExecutionResult } from '@interleave/contracts';
import { HttpClient } from './http-client';
import { sample, summarise } from './measure';
import type { Load } from './measure';
import type { Report } from './report';
import { Services } from './services';

const CODE = 'print(6 * 7)';
const CLIENTS = [1, 8];
/** One sandbox is wiped while the next one serves. */
const SESSIONS = 12;

/** A tool call over HTTP on the real tool server: on a session that stays, and on a new one each. */
export async function benchToolCall(report: Report, seconds: number): Promise<void> {
  const services = new Services((line) => report.progress(line));
  try {
    const http = new HttpClient(await services.startToolServer(SESSIONS), services.serviceToken);
    const open = async () => (await http.json<CreateSessionResponse>('POST', '/v1/sessions', {})).session_id;
    const close = (id: string) => http.json<void>('DELETE', `/v1/sessions/${id}`);
    const execute = async (id: string): Promise<void> => {
      const result = await http.json<ExecutionResult>('POST', `/v1/sessions/${id}/execute`, { code: CODE });
      if (result.output !== '42\n') throw new Error(`the sandbox said ${JSON.stringify(result)}`);
    };
    const onOneSession: Load['client'] = async () => {
      const id = await open();
      return { call: () => execute(id), close: () => close(id) };
    };
    const onNewSessions: Load['client'] = () =>
      Promise.resolve({
        call: async () => {
          const id = await open();
          await execute(id);
          await close(id);
        },
      });
    for (const clients of CLIENTS) {
      for (const [what, client] of [
        ['same session', onOneSession] as const,
        ['new session each: open, call, close', onNewSessions] as const,
      ]) {
        report.progress(`  ${what}, ${clients} client${clients === 1 ? '' : 's'}`);
        report.measured('tool-call', what, summarise([await sample({ clients, seconds, client })]));
      }
    }
    await http.close();
  } finally {
    await services.stop();
  }
}
