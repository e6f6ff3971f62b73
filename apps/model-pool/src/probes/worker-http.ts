import axios from 'axios';
import type { AxiosInstance } from 'axios';

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** HTTP to one worker. Any status is an answer; only a worker that can't be reached throws. */
export function createWorkerHttp(baseUrl: string, apiKey: string | null, timeoutMs: number): AxiosInstance {
  return axios.create({
    baseURL: baseUrl,
    timeout: timeoutMs,
    headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
    validateStatus: () => true,
    maxContentLength: MAX_ANSWER_BYTES,
    maxRedirects: 0,
    // A proxy of the environment is for the world outside, not for workers.
    proxy: false,
  });
}
