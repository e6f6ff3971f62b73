import { AsyncQueue } from '@interleave/kernel';
import type { OutputListener, ToolResult } from './ports/tool-port';

/** Characters of one call's output that are passed on while it runs; the result has the rest. */
const MAX_LIVE_CHARACTERS = 256 * 1024;

interface LiveOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** A call and what it has written so far. */
export class RunningCall {
  /** Ends with the call. */
  readonly output = new AsyncQueue<LiveOutput>();
  readonly result: Promise<ToolResult>;
  private passedOn = 0;

  constructor(start: (onOutput: OutputListener) => Promise<ToolResult>) {
    this.result = start((stream, text) => {
      const piece = text.slice(0, MAX_LIVE_CHARACTERS - this.passedOn);
      this.passedOn += piece.length;
      if (piece !== '') this.output.push({ stream, text: piece });
    });
    const close = (): void => this.output.close();
    this.result.then(close, close);
  }
}
