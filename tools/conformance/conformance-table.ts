import { markdownTable } from '../harness/markdown-table';

/** What a client said of one check; `failure` is null where all went well. */
export interface CheckResult {
  readonly client: string;
  readonly check: string;
  readonly failure: string | null;
}

/** Clients across, checks down; `-` where a client has no way to ask. Markdown. */
export function conformanceTable(results: readonly CheckResult[]): string {
  const clients = [...new Set(results.map(({ client }) => client))];
  const checks = [...new Set(results.map(({ check }) => check))];
  const cell = (client: string, check: string): string => {
    const result = results.find((candidate) => candidate.client === client && candidate.check === check);
    if (!result) return '-';
    return result.failure === null ? 'ok' : 'FAILED';
  };
  const rows = checks.map((check) => [check, ...clients.map((client) => cell(client, check))]);
  return markdownTable(['', ...clients], rows);
}
