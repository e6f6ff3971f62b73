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
    const running = new RunningExchange(resolve, reject, signal, readerFor);
    try {
      if (running.begin()) transport.dispatch(options, running);
    } catch (error) {
      running.giveUp(error);
    }
  });
}

class RunningExchange implements Dispatcher.DispatchHandler {
  private head: ReplyHead = { status: 0, headers: {} };
  private reader: BodyReader | null = null;
  private length = 0;
  private text = '';
  private readonly decoder = new StringDecoder('utf8');
  private controller: Dispatcher.DispatchController | null = null;

  constructor(
    private readonly resolve: (reply: TextReply) => void,
    private readonly reject: (reason: unknown) => void,
    private readonly signal: AbortSignal,
    private readonly readerFor: (head: ReplyHead) => BodyReader | null,
  ) {}

  /** @returns whether the answer is wanted at all */
  begin(): boolean {
    this.signal.addEventListener('abort', this.onAbort);
    if (this.signal.aborted) this.onAbort();
    return !this.signal.aborted;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.signal.aborted) this.onAbort();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ReplyHead['headers']): void {
    this.head = { status, headers };
    this.reader = this.readerFor(this.head);
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    this.length += bytes.length;
    if (this.length > MAX_BYTES) return this.giveUp(new Error('The answer is too long.'));
    if (this.reader === null) {
      this.text += this.decoder.write(bytes);
      return;
    }
    try {
      this.reader(bytes);
    } catch (error) {
      this.giveUp(error);
    }
  }

  onResponseEnd(): void {
    this.letGo();
    const { status, headers } = this.head;
    this.resolve({ status, headers, text: this.text + this.decoder.end() });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.letGo();
    this.reject(error);
  }

  private readonly onAbort = (): void => this.giveUp(this.signal.reason);

  giveUp(reason: unknown): void {
    this.letGo();
    this.reject(reason);
    this.controller?.abort(new Error('The answer is no longer wanted.'));
  }

  private letGo(): void {
    this.signal.removeEventListener('abort', this.onAbort);
  }
}
