import type { Dispatcher } from 'undici';

/** More than any answer to a question about tokens or health has; one that is longer is cut off as broken. */
const MAX_BYTES = 256 * 2 ** 20;

export interface TextReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A request whose whole answer is wanted as text. Sent as it comes from the HTTP client, without a stream in between. */
export function exchange(dispatcher: Dispatcher, options: Dispatcher.DispatchOptions, signal: AbortSignal): Promise<TextReply> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let headers: TextReply['headers'] = {};
    let length = 0;
    const parts: Buffer[] = [];
    let controller: Dispatcher.DispatchController | null = null;
    const onAbort = (): void => {
      settle(() => reject(signal.reason));
      controller?.abort(new Error('The answer is no longer wanted.'));
    };
    const settle = (how: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      how();
    };
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started;
        if (signal.aborted) onAbort();
      },
      onResponseStart(_controller, code, received) {
        status = code;
        headers = received;
      },
      onResponseData(current, bytes) {
        parts.push(bytes);
        length += bytes.length;
        if (length > MAX_BYTES) current.abort(new Error('The answer is too long.'));
      },
      onResponseEnd() {
        const [first] = parts;
        const text = parts.length === 1 && first ? first.toString('utf8') : Buffer.concat(parts).toString('utf8');
        settle(() => resolve({ status, headers, text }));
      },
      onResponseError(_controller, error) {
        settle(() => reject(error));
      },
    });
  });
}
