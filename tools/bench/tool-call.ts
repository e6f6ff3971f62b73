import type { CreateSessionResponse, ExecutionResult } from '@interleave/contracts';
import { HttpClient } from './http-client';
import { measure } from './measure';
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
    for (const clients of CLIENTS) {
      await report.measured('tool-call', 'same session', () =>
        measure({
          clients,
          seconds,
          client: async () => {
            const id = await open();
            return { call: () => execute(id), close: () => close(id) };
          },
        }),
      );
      await report.measured('tool-call', 'new session each: open, call, close', () =>
        measure({
          clients,
          seconds,
          client: () =>
            Promise.resolve({
              call: async () => {
                const id = await open();
                await execute(id);
                await close(id);
              },
            }),
        }),
      );
    }
    await http.close();
  } finally {
    await services.stop();
  }
}
