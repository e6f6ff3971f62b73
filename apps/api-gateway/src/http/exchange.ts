import { StringDecoder } from 'node:string_decoder';
import type { Dispatcher } from 'undici';
import type { HttpTransport } from './http-connections';

/** More than any answer to a question about tokens or health has; one that is longer is cut off as broken. */
const MAX_BYTES = 256 * 2 ** 20;

export interface ReplyHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface TextReply extends ReplyHead {
  /** Empty where a reader took the body. */
  readonly text: string;
}

/** Takes the body of an answer as it comes. What it throws ends the exchange, and is what the exchange fails with. */
export type BodyReader = (bytes: Buffer) => void;

/**
 * A request whose whole answer is wanted as text, or is given to the reader that `readerFor` chooses by the head of the answer.
 * Sent as it comes from the HTTP client, without a stream in between.
 * @throws what `signal` was aborted with, and the errors of the transport
 */
export function exchange(
  transport: HttpTransport,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
  readerFor: (head: ReplyHead) => BodyReader | null = () => null,
): Promise<TextReply> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    let head: ReplyHead = { status: 0, headers: {} };
    let reader: BodyReader | null = null;
    let length = 0;
    let text = '';
    const decoder = new StringDecoder('utf8');
    let controller: Dispatcher.DispatchController | null = null;
    const settle = (how: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      how();
    };
    const giveUp = (reason: unknown): void => {
      settle(() => reject(reason));
      controller?.abort(new Error('The answer is no longer wanted.'));
    };
    const onAbort = (): void => giveUp(signal.reason);
    signal.addEventListener('abort', onAbort);
    transport.dispatch(options, {
      onRequestStart(started) {
        controller = started;
        if (signal.aborted) onAbort();
      },
      onResponseStart(_controller, status, headers) {
        head = { status, headers };
        reader = readerFor(head);
      },
      onResponseData(_controller, bytes) {
        length += bytes.length;
        if (length > MAX_BYTES) return giveUp(new Error('The answer is too long.'));
        if (reader === null) {
          text += decoder.write(bytes);
          return;
        }
        try {
          reader(bytes);
        } catch (error) {
          giveUp(error);
        }
      },
      onResponseEnd() {
        settle(() => resolve({ ...head, text: text + decoder.end() }));
      },
      onResponseError(_controller, error) {
        settle(() => reject(error));
      },
    });
  });
}
