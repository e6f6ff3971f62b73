import type { ExecutionEvent, ExecutionResult } from '@interleave/contracts';
import { toAppError } from '@interleave/kernel';
import { openEventStream, STALL_TIMEOUT_MS, toErrorBody } from '@interleave/platform';
import type { EventStream, Exchange } from '@interleave/platform';
import { StreamDecoder } from '@interleave/sandbox';
import type { OutputListener, OutputStream } from '@interleave/sandbox';

const PING_EVERY_MS = 10_000;

/**
 * Answers with what a program writes while it runs, then with its result, or with the error that kept it from having one.
 * A client that reads slower than the program writes gets larger pieces; one that takes nothing for long is hung up on.
 */
export async function streamExecution(exchange: Exchange, run: (onOutput: OutputListener) => Promise<ExecutionResult>): Promise<void> {
  const { response } = exchange;
  const stream = openEventStream(response, exchange.signal);
  response.socket?.setTimeout(STALL_TIMEOUT_MS);
  const ping = setInterval(() => stream.ping(), PING_EVERY_MS);
  const output = new OutputEvents(stream);
  try {
    const result = await run(({ stream: name, bytes, droppedBytes }) => output.write(name, bytes, droppedBytes));
    output.end();
    send(stream, { event: 'result', data: result });
  } catch (error) {
    output.end();
    stream.push(JSON.stringify(toErrorBody(toAppError(error))), 'error');
  } finally {
    clearInterval(ping);
    stream.end();
  }
}

/** What was written since the client last took something, put together: never more than a call may write. */
class OutputEvents {
  private readonly decoders = { stdout: new StreamDecoder(), stderr: new StreamDecoder() };
  private readonly pending = { stdout: '', stderr: '' };
  private isStalled = false;

  constructor(private readonly stream: EventStream) {}

  write(name: OutputStream, bytes: Uint8Array | null, droppedBytes: number): void {
    const decoder = this.decoders[name];
    this.pending[name] += bytes === null ? decoder.skip(droppedBytes) : decoder.decode(bytes);
    if (!this.isStalled) this.send(name);
  }

  flush(): void {
    this.isStalled = false;
    this.send('stdout');
    this.send('stderr');
  }

  end(): void {
    for (const name of ['stdout', 'stderr'] as const) this.pending[name] += this.decoders[name].end();
    this.flush();
  }

  private send(name: OutputStream): void {
    const text = this.pending[name];
    if (text === '') return;
    this.pending[name] = '';
    if (send(this.stream, { event: name, data: { text } }) || this.isStalled) return;
    this.isStalled = true;
    this.stream.drained().then(
      () => this.flush(),
      // The client has left: whoever runs the program learns of it.
      () => undefined,
    );
  }
}

function send(stream: EventStream, { event, data }: ExecutionEvent): boolean {
  return stream.push(JSON.stringify(data), event);
}
