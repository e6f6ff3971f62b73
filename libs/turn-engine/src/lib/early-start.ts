import type { Dialect } from './dialect';
import { findProgram } from './find-program';
import type { Program } from './find-program';
import { tester } from './pattern-copies';
import type { EarlyCall, ToolPort } from './ports/tool-port';
import { RunningCall } from './running-call';

/** No opening of a block is longer than this. */
const MAX_OPENING_CHARACTERS = 32;

/**
 * Reads a round along: gets the sandbox ready when a block opens, and starts the call when it closes, while the model still writes.
 * A call that turns out not to be what the model asked for is taken back.
 */
export class EarlyStart {
  private readonly openings: readonly RegExp[];
  /** The end of the round's text: a marker that was cut in two is found in it. */
  private tail = '';
  private isPrepared = false;
  private hasTried = false;
  private started: { readonly program: Program; readonly call: RunningCall; readonly early: EarlyCall } | null = null;

  constructor(
    private readonly tools: ToolPort,
    private readonly dialect: Dialect,
    private readonly signal: AbortSignal,
  ) {
    this.openings = dialect.grammars.map(({ opening }) => tester(opening));
  }

  /** Takes what the model has just written, and the text of the round with it. Where it answers with a promise, a call is being taken back. */
  watch(piece: string, text: string): Promise<void> | undefined {
    if (piece === '' || (this.hasTried && this.started === null)) return undefined;
    // Only this is looked at: to search in a text that grows piece by piece is to copy it each time.
    this.tail = (this.tail + piece).slice(-(piece.length + MAX_OPENING_CHARACTERS));
    const { tail } = this;
    if (!this.isPrepared) {
      if (!this.openings.some((opening) => opening.test(tail))) return undefined;
      this.isPrepared = true;
      this.tools.prepare(this.signal);
    }
    const isClosing = this.dialect.grammars.some(
      ({ closing }) => tail.indexOf(closing, Math.max(0, tail.length - piece.length - closing.length + 1)) >= 0,
    );
    if (!isClosing) return undefined;
    const program = findProgram(text, this.dialect);
    if (program === null) return undefined;
    if (!this.hasTried) this.start(program);
    else if (this.started !== null && !isSame(program, this.started.program)) return this.takeBack();
    return undefined;
  }

  /** The call for this program, if it runs already; any other one is taken back. */
  async adopt(program: Program): Promise<RunningCall | null> {
    if (this.started === null || !isSame(program, this.started.program)) {
      await this.takeBack();
      return null;
    }
    const { call, early } = this.started;
    this.started = null;
    early.adopt();
    return call;
  }

  async takeBack(): Promise<void> {
    const { started } = this;
    this.started = null;
    await started?.early.takeBack();
  }

  /** Once in a round: a model that writes several blocks would have each of them started and taken back. */
  private start(program: Program): void {
    this.hasTried = true;
    let early: EarlyCall | null = null;
    const call = new RunningCall((onOutput) => {
      early = this.tools.startEarly(program, onOutput, this.signal);
      return early?.result ?? Promise.reject(new Error('not started'));
    });
    // Whoever adopts it learns of its failure; nobody else wants to know.
    call.result.catch(() => undefined);
    if (early !== null) this.started = { program, call, early };
  }
}

function isSame(left: Program, right: Program): boolean {
  return left.code === right.code && left.stdin === right.stdin;
}
