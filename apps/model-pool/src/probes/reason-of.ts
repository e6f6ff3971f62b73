import { isAxiosError } from 'axios';

/** Why a worker gave no answer, in a sentence. */
export function reasonOf(error: unknown): string {
  if (!isAxiosError(error)) return error instanceof Error ? error.message : String(error);
  if (error.code === 'ECONNREFUSED') return 'It does not listen.';
  return error.code === 'ECONNABORTED' ? 'It did not answer in time.' : error.message;
}
