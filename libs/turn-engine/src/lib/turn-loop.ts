import { describeResult } from './describe-result';
import { INVALID_ACTION_MESSAGE } from './dialect';
import type { ObservationFrame } from './dialect';
import { findCode } from './find-code';
import { generateRound } from './generate-round';
import type { ChatTurnSeparator } from './chat-turn-separator';
import { fitObservation, frameAfterOvershoot, frameAsTurn } from './observation';
import { overshootOf } from './overshoot';
import type { GenerationEnd, ModelPort } from './ports/model-port';
import type { ToolPort, ToolResult } from './ports/tool-port';
import { RepetitionDetector } from './repetition';
import { TokenLedger } from './token-ledger';
import type { AppendedTokens } from './token-ledger';
import { finishReasonOf } from './turn-event';
import type { StopCause, TurnEvent, TurnRecord } from './turn-event';
import type { TrajectoryRequest, TurnPolicy } from './turn-policy';
import { UserStopFilter } from './user-stop-filter';

export interface TurnPorts {
  readonly model: ModelPort;
  readonly tools: ToolPort;
  /** The separator of chat turns, of this model; asked for when it is first needed. */
  readonly separator: (signal: AbortSignal) => Promise<ChatTurnSeparator>;
}

/** How a round ended, as far as the loop is concerned. */
interface Round {
  readonly end: GenerationEnd;
  /** The worker's text, stop strings included. */
  readonly text: string;
  /** What the client saw of it. */
  readonly shown: string;
  readonly ids: readonly number[];
  /** Whether it ended by an action stop that was in force in it. */
  readonly isActionStop: boolean;
}

/** What the model asked for. `hasOwnTurn`: it ended its turn, so the answer to it must be a new one. */
type Action =
  | { readonly kind: 'run'; readonly code: string; readonly hasOwnTurn: boolean }
  | { readonly kind: 'invalid'; readonly hasOwnTurn: boolean };

/**
 * One trajectory: generate, run what the model asks for, show it the output, until the answer is done.
 * Yields everything that happens; the last event is always `trajectory-end`.
 *
 * @throws AppError for trouble of infrastructure that failover could not mend, and whatever `signal` was aborted with
 */
export function runTurnLoop(
  request: TrajectoryRequest,
  ports: TurnPorts,
  policy: TurnPolicy,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent, void, undefined> {
  return new Trajectory(request, ports, policy, AbortSignal.any([signal, request.deadline])).run();
}

/** A sentence of ours as a turn of its own needs no fences. */
const NO_FRAME: ObservationFrame = { before: '', after: '' };

/** Thrown inside the loop where the trajectory ends, however deep; never leaves it. */
class Ended {
  constructor(readonly cause: StopCause) {}
}

class Trajectory {
  private readonly ledger: TokenLedger;
  private readonly repetition = new RepetitionDetector();
  private turn = 0;
  /** Actions asked for, valid or not. */
  private actions = 0;
  /** Actions executed. */
  private runs = 0;

  constructor(
    private readonly request: TrajectoryRequest,
    private readonly ports: TurnPorts,
    private readonly policy: TurnPolicy,
    private readonly signal: AbortSignal,
  ) {
    this.ledger = new TokenLedger(request.promptIds);
  }

  async *run(): AsyncGenerator<TurnEvent, void, undefined> {
    let stopCause: StopCause;
    try {
      for (;;) yield* this.runTurn();
    } catch (reason) {
      if (reason instanceof Ended) stopCause = reason.cause;
      else if (this.request.deadline.aborted) stopCause = 'trajectory_timeout';
      else throw reason;
    }
    yield {
      type: 'trajectory-end',
      stopCause,
      finishReason: finishReasonOf(stopCause),
      toolCalls: this.runs,
      generatedTokens: this.ledger.generatedCount,
      observedTokens: this.ledger.observedCount,
    };
  }

  private async *runTurn(): AsyncGenerator<TurnEvent, void, undefined> {
    this.turn += 1;
    const budget = this.nextBudget();
    yield { type: 'turn-start', turn: this.turn };
    const round = yield* this.generate(budget.maxTokens);
    const verdict = this.judge(round, budget.limitedBy);
    if (verdict instanceof Ended) {
      const overshoot = await this.overshoot(round);
      if (overshoot !== '') yield { type: 'text-delta', source: 'model', text: overshoot };
      yield this.turnEnd({ text: round.shown + overshoot });
      throw verdict;
    }
    this.actions += 1;
    if (verdict.kind === 'run') yield* this.runCode(round, verdict.code, verdict.hasOwnTurn);
    else yield* this.tellInvalid(round, verdict.hasOwnTurn);
  }

  /** Tokens that this round may generate, and which limit it would run into. */
  private nextBudget(): { readonly maxTokens: number; readonly limitedBy: StopCause } {
    const room = this.ports.model.maxContextTokens - this.ledger.length;
    const asked = this.request.maxTokens ?? Number.POSITIVE_INFINITY;
    const allowed = this.policy.maxTokensScope === 'turn' ? asked : asked - this.ledger.generatedCount;
    if (allowed < 1) throw new Ended('max_tokens');
    if (room < 1) throw new Ended('context');
    return allowed <= room ? { maxTokens: allowed, limitedBy: 'max_tokens' } : { maxTokens: room, limitedBy: 'context' };
  }

  private get isLastRound(): boolean {
    return this.actions >= this.policy.maxTurns;
  }

  private get actionStops(): readonly string[] {
    if (this.policy.maxTurns === 0) return [];
    return this.isLastRound && this.policy.lastRound === 'free' ? [] : this.policy.actionStops;
  }

  private async *generate(maxTokens: number): AsyncGenerator<TurnEvent, Round, undefined> {
    const { actionStops } = this;
    const hiddenStops = this.request.userStops.filter((stop) => !actionStops.includes(stop));
    const filter = new UserStopFilter(hiddenStops);
    const stops = [...new Set([...this.request.userStops, ...actionStops])];
    const ids: number[] = [];
    let text = '';
    let shown = '';
    const show = (delta: string): TurnEvent[] => {
      shown += delta;
      return delta === '' ? [] : [{ type: 'text-delta', source: 'model', text: delta }];
    };
    let end: GenerationEnd = { kind: 'length' };
    for await (const step of generateRound(this.ports.model, { contextIds: this.ledger.snapshot(), stops, maxTokens }, this.signal)) {
      text += step.text;
      ids.push(...step.tokenIds);
      yield* show(filter.push(step.text));
      if (step.tokenIds.length > 0) yield this.appended({ tokenIds: step.tokenIds, isGenerated: true, logprobs: step.logprobs });
      if (step.end) end = step.end;
    }
    yield* show(filter.finish(end.kind === 'stop-string' && hiddenStops.includes(end.stop) ? end.stop : null));
    return { end, text, shown, ids, isActionStop: end.kind === 'stop-string' && actionStops.includes(end.stop) };
  }

  private judge(round: Round, limitedBy: StopCause): Action | Ended {
    const { end } = round;
    if (end.kind === 'length') return new Ended(limitedBy);
    if (round.isActionStop) {
      if (this.isLastRound) return new Ended('max_turns');
      const code = findCode(round.text, this.policy.dialect.grammars);
      if (code !== null) return { kind: 'run', code, hasOwnTurn: false };
      return this.policy.onInvalidAction === 'end' ? new Ended('invalid_action') : { kind: 'invalid', hasOwnTurn: false };
    }
    if (this.runs >= this.policy.minTurns || this.isLastRound) return new Ended(end.kind === 'end-of-sequence' ? 'eos' : 'user_stop');
    const code = findCode(round.text, this.policy.dialect.grammars);
    if (code !== null) return { kind: 'run', code, hasOwnTurn: true };
    return this.policy.onInvalidAction === 'end' ? new Ended('invalid_action') : { kind: 'invalid', hasOwnTurn: true };
  }

  private async *runCode(round: Round, code: string, hasOwnTurn: boolean): AsyncGenerator<TurnEvent, void, undefined> {
    yield { type: 'tool-start', turn: this.turn, code };
    // The overshoot is looked up while the program runs.
    const [result, overshoot] = await Promise.all([this.ports.tools.execute(code, this.signal), this.overshoot(round)]);
    this.runs += 1;
    yield { type: 'tool-end', turn: this.turn, code, result };
    const described = describeResult(result, this.ports.tools.timeoutMs);
    const output = yield* this.observe(round, 'output', described, overshoot, hasOwnTurn);
    yield this.turnEnd({ text: round.shown + overshoot, code, output, result });
    if (output === null) throw new Ended('context');
    if (this.repetition.record(code, described)) throw new Ended('loop');
  }

  private async *tellInvalid(round: Round, hasOwnTurn: boolean): AsyncGenerator<TurnEvent, void, undefined> {
    const overshoot = await this.overshoot(round);
    const shownMessage = yield* this.observe(round, 'message', INVALID_ACTION_MESSAGE, overshoot, hasOwnTurn);
    yield this.turnEnd({ text: round.shown + overshoot, isInvalidAction: true });
    if (shownMessage === null) throw new Ended('context');
  }

  private async overshoot(round: Round): Promise<string> {
    if (round.end.kind !== 'stop-string' || !round.isActionStop) return '';
    return overshootOf(this.ports.model, round.ids, round.end.stop, this.signal);
  }

  /** Appends what the model is shown. Returns the part inside the frame, or null when nothing of it fits the context. */
  private async *observe(
    round: Round,
    kind: 'output' | 'message',
    output: string,
    overshoot: string,
    hasOwnTurn: boolean,
  ): AsyncGenerator<TurnEvent, string | null, undefined> {
    if (overshoot !== '') yield { type: 'text-delta', source: 'model', text: overshoot };
    const isTurn = hasOwnTurn || this.policy.enableMtrl;
    const { observationAfterStop, observationAlone } = this.policy.dialect;
    const dialectFrame = hasOwnTurn ? observationAlone : observationAfterStop;
    const turnFrame = kind === 'message' ? NO_FRAME : frameAsTurn(dialectFrame);
    const frame = isTurn ? turnFrame : frameAfterOvershoot(dialectFrame, overshoot);
    const observation = await fitObservation(
      this.ports.model,
      output,
      frame,
      isTurn ? await this.separatorAfter(round) : null,
      {
        maxTokens: this.policy.maxObservationTokens,
        side: this.policy.truncateSide,
        room: this.ports.model.maxContextTokens - this.ledger.length,
      },
      this.signal,
    );
    if (observation === null) return null;
    yield this.appended({ tokenIds: observation.tokenIds, isGenerated: false, logprobs: null });
    if (observation.text !== '') yield { type: 'text-delta', source: 'observation', text: observation.text };
    return observation.output;
  }

  /** The separator, without the turn end where the model's own last token was one. */
  private async separatorAfter(round: Round): Promise<ChatTurnSeparator> {
    const separator = await this.ports.separator(this.signal);
    const endedItself = round.end.kind === 'end-of-sequence' && separator.turnEnd.tokenIds.at(-1) === this.ledger.lastId;
    return endedItself ? { ...separator, turnEnd: { text: '', tokenIds: [] } } : separator;
  }

  private appended(tokens: AppendedTokens): TurnEvent {
    this.ledger.append(tokens);
    return { type: 'tokens-appended', tokens };
  }

  private turnEnd(record: {
    text: string;
    code?: string;
    output?: string | null;
    result?: ToolResult;
    isInvalidAction?: boolean;
  }): TurnEvent {
    const complete: TurnRecord = { turn: this.turn, code: null, output: null, result: null, isInvalidAction: false, ...record };
    return { type: 'turn-end', record: complete };
  }
}
