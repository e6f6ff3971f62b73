import { isAppError } from '@interleave/kernel';
import { askedCallsIn, withoutClientCalls } from './asked-calls';
import { frameAt, separatorAt, WHOLE_ROUND } from './answer-place';
import type { AnswerPlace } from './answer-place';
import type { AskedCalls } from './asked-calls';
import { describeResult } from './describe-result';
import { INVALID_ACTION_MESSAGE, NO_TURN_LEFT_MESSAGE, TOOL_FAILURE_MESSAGE } from './dialect';
import { BlockHold } from './block-hold';
import { EarlyStart } from './early-start';
import type { Program } from './find-program';
import { generateCalls } from './generate-calls';
import { isInfrastructureFailure } from './infrastructure-failure';
import { generateRound } from './generate-round';
import type { ChatTurnSeparator } from './chat-turn-separator';
import { fitObservation } from './observation';
import { overshootOf } from './overshoot';
import type { GenerationEnd, GenerationStep, ModelPort } from './ports/model-port';
import type { ToolPort, ToolResult } from './ports/tool-port';
import { RepetitionDetector } from './repetition';
import { RunningCall } from './running-call';
import type { ToolCall } from './tool-call';
import { TrajectoryTimeout } from './trajectory-timeout';
import { TokenLedger } from './token-ledger';
import type { AppendedTokens } from './token-ledger';
import { finishReasonOf } from './turn-event';
import type { StopCause, TurnListener, TurnRecord } from './turn-event';
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
  /** What it has not seen yet: a call that may be the client's own. */
  readonly held: string;
  readonly ids: readonly number[];
  /** Whether it ended by an action stop that was in force in it. */
  readonly isActionStop: boolean;
}

/** What the model asked for. */
interface Action extends AskedCalls {
  /** It ended its turn, so the answer to it must be a new one. */
  readonly hasOwnTurn: boolean;
}

/**
 * One trajectory: generate, run what the model asks for, show it the output, until the answer is done.
 * Its listener is told everything that happens, event by event; the last one is always `trajectory-end`.
 *
 * @param signal aborted with `TrajectoryTimeout`, it ends the trajectory; with anything else, it fails it
 * @throws AppError for trouble of infrastructure that failover could not mend, and whatever else `signal` was aborted with
 */
export function runTurnLoop(
  request: TrajectoryRequest,
  ports: TurnPorts,
  policy: TurnPolicy,
  listener: TurnListener,
  signal: AbortSignal,
): Promise<void> {
  return new Trajectory(request, ports, policy, listener, signal).run();
}

/** Thrown inside the loop where the trajectory ends, however deep; never leaves it. */
class Ended {
  constructor(
    readonly cause: StopCause,
    readonly clientCalls: readonly ToolCall[] = [],
  ) {}
}

class Trajectory {
  private readonly ledger: TokenLedger;
  private readonly repetition = new RepetitionDetector();
  private turn = 0;
  /** Actions asked for, valid or not. */
  private actions = 0;
  /** Actions executed. */
  private runs = 0;
  /** Of the round that is being generated. */
  private early: EarlyStart | null = null;

  constructor(
    private readonly request: TrajectoryRequest,
    private readonly ports: TurnPorts,
    private readonly policy: TurnPolicy,
    private readonly emit: TurnListener,
    private readonly signal: AbortSignal,
  ) {
    this.ledger = new TokenLedger(request.promptIds);
  }

  async run(): Promise<void> {
    let ended: Ended;
    try {
      for (;;) await this.runTurn();
    } catch (reason) {
      ended = this.endOf(reason);
    } finally {
      await this.early?.takeBack();
    }
    const { cause: stopCause, clientCalls } = ended;
    await this.emit({
      type: 'trajectory-end',
      stopCause,
      finishReason: finishReasonOf(stopCause),
      toolCalls: this.runs,
      generatedTokens: this.ledger.generatedCount,
      observedTokens: this.ledger.observedCount,
      clientCalls,
    });
  }

  /** @throws what does not end a trajectory but fails it */
  private endOf(reason: unknown): Ended {
    if (reason instanceof Ended) return reason;
    if (this.signal.reason instanceof TrajectoryTimeout) return new Ended('trajectory_timeout');
    // Where the context can't be counted in advance, the worker says when it is full.
    if (isAppError(reason) && reason.code === 'context_length_exceeded' && this.turn > 1) return new Ended('context');
    if (this.policy.onFailure === 'keep' && !this.signal.aborted && isInfrastructureFailure(reason)) return new Ended('infrastructure');
    throw reason;
  }

  private async runTurn(): Promise<void> {
    this.turn += 1;
    const opening = await this.open();
    const budget = this.nextBudget();
    await this.emit({ type: 'turn-start', turn: this.turn });
    const generated = await this.generate(budget.maxTokens, opening);
    const action = this.judge(generated, budget.limitedBy);
    const held = this.visibleOf(generated.held, action);
    const round = { ...generated, shown: generated.shown + held };
    await this.say(held);
    if (action instanceof Ended) {
      const overshoot = await this.overshoot(round);
      await this.say(overshoot);
      await this.endTurn({ text: round.shown + overshoot });
      throw action;
    }
    await this.answer(round, action);
    if (action.clientCalls.length > 0) throw new Ended('client_tool', action.clientCalls);
  }

  /** The beginning of a call, where there must be one: it is given to the model, and not written by it. */
  private async open(): Promise<string> {
    const { callOpening } = this.policy;
    if (callOpening === null) return '';
    await this.append({ tokenIds: await this.ports.model.tokenize(callOpening, this.signal), isGenerated: false, logprobs: null });
    return callOpening;
  }

  /** Calls of the client's functions are not shown as text: it gets them as calls. */
  private visibleOf(held: string, action: Action | Ended): string {
    const { dialect, clientFunctions } = this.policy;
    if (action instanceof Ended || action.clientCalls.length === 0 || dialect.functionCall === null) return held;
    return withoutClientCalls(held, dialect.functionCall, clientFunctions);
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

  private async generate(maxTokens: number, opening: string): Promise<Round> {
    const { actionStops } = this;
    const { clientFunctions, parallelClientCalls } = this.policy;
    const { functionCall, isNative } = this.policy.dialect;
    const hiddenStops = this.request.userStops.filter((stop) => !actionStops.includes(stop));
    const filter = new UserStopFilter(hiddenStops);
    const stops = [...new Set([...this.request.userStops, ...actionStops])];
    const hold = clientFunctions.size > 0 && functionCall !== null ? new BlockHold(functionCall.opening.source) : null;
    this.early =
      this.policy.earlyExecution && !this.isLastRound ? new EarlyStart(this.ports.tools, this.policy.dialect, this.signal) : null;
    const ids: number[] = [];
    let text = opening;
    let shown = hold?.push(opening) ?? '';
    const show = (released: string): Promise<void> | undefined => {
      const delta = hold ? hold.push(released) : released;
      shown += delta;
      return this.say(delta);
    };
    let end = { kind: 'length' } as GenerationEnd;
    try {
      const asked = { contextIds: this.ledger.snapshot(), stops, maxTokens };
      const severalCalls =
        hold !== null && functionCall !== null && parallelClientCalls && !isNative
          ? { grammar: functionCall, clientFunctions, opening }
          : null;
      const onStep = (step: GenerationStep): Promise<void> | undefined => {
        text += step.text;
        for (const id of step.tokenIds) ids.push(id);
        if (step.end) end = step.end;
        const taken = this.early?.watch(step.text, text);
        const shownToReader = show(filter.push(step.text));
        const appended = step.tokenIds.length > 0 || step.tokenCount ? this.append(generatedTokens(step)) : undefined;
        return allOf(taken, shownToReader, appended);
      };
      if (severalCalls) await generateCalls(this.ports.model, asked, severalCalls, onStep, this.signal);
      else await generateRound(this.ports.model, asked, onStep, this.signal);
    } catch (error) {
      // What was generated stays, also what waited to be shown.
      await show(filter.finish(null));
      await this.say(hold?.finish() ?? '');
      throw error;
    }
    await show(filter.finish(end.kind === 'stop-string' && hiddenStops.includes(end.stop) ? end.stop : null));
    const isActionStop = end.kind === 'stop-string' && actionStops.includes(end.stop);
    return { end, text, shown, held: hold?.finish() ?? '', ids, isActionStop };
  }

  private judge(round: Round, limitedBy: StopCause): Action | Ended {
    const { end } = round;
    if (end.kind === 'length') return new Ended(limitedBy);
    const asked = askedCallsIn(round.text, this.policy);
    const hasOwnTurn = !round.isActionStop;
    if (asked.clientCalls.length > 0) return { ...asked, hasOwnTurn };
    const mustCall = this.policy.callOpening !== null;
    if (this.isLastRound && (round.isActionStop || mustCall)) return new Ended('max_turns');
    const isAnswer = !mustCall && (this.isLastRound || this.runs >= this.policy.minTurns);
    if (!round.isActionStop && isAnswer) return new Ended(end.kind === 'end-of-sequence' ? 'eos' : 'user_stop');
    const isInvalid = asked.programs.every((program) => program === null);
    return isInvalid && this.policy.onInvalidAction === 'end' ? new Ended('invalid_action') : { ...asked, hasOwnTurn };
  }

  /** Answers each call in turn; what ends the trajectory does so after the last one. */
  private async answer(round: Round, { programs, clientCalls, hasOwnTurn }: Action): Promise<void> {
    const isBesideClientCall = clientCalls.length > 0;
    if (programs.length === 0) {
      await this.early?.takeBack();
      await this.endTurn({ text: round.shown });
    }
    let end: StopCause | null = null;
    for (const [index, program] of programs.entries()) {
      const isFirst = index === 0;
      const place = { hasOwnTurn, isFirst, isLast: index === programs.length - 1, isBesideClientCall };
      // The text of the round belongs to the first of its records.
      const answered = isFirst ? round : { ...round, shown: '' };
      const isAllowed = this.actions < this.policy.maxTurns;
      this.actions += 1;
      if (program !== null && isAllowed) end ??= await this.runProgram(answered, program, place);
      else end ??= await this.tell(answered, program === null ? INVALID_ACTION_MESSAGE : NO_TURN_LEFT_MESSAGE, place);
      if (end === 'context') break;
    }
    if (end !== null && !isBesideClientCall) throw new Ended(end);
  }

  private async runProgram(round: Round, program: Program, place: AnswerPlace): Promise<StopCause | null> {
    const { tools } = this.ports;
    const { code } = program;
    const running = (await this.early?.adopt(program)) ?? new RunningCall((onOutput) => tools.execute(program, onOutput, this.signal));
    // The overshoot is looked up while the program runs.
    const looking = Promise.all([running.result, this.overshoot(round, place)]);
    looking.catch(() => undefined);
    await this.emit({ type: 'tool-start', turn: this.turn, code });
    for await (const { stream, text } of running.output) await this.emit({ type: 'tool-output', turn: this.turn, stream, text });
    const [result, overshoot] = await looking.catch((error: unknown) => this.resultOfFailure(error, round, place));
    if (result) {
      this.runs += 1;
      await this.emit({ type: 'tool-end', turn: this.turn, code, result });
    }
    const described = result ? describeResult(result, tools.timeoutMs, this.policy.dialect.report) : TOOL_FAILURE_MESSAGE;
    const output = await this.observe(round, 'output', described, overshoot, place);
    await this.endTurn({ text: round.shown + overshoot, code, output, ...(result ? { result } : {}) });
    if (output === null) return 'context';
    return this.repetition.record(code, described) ? 'loop' : null;
  }

  /** No result, where the model is to be told of the trouble. */
  private async resultOfFailure(error: unknown, round: Round, place: AnswerPlace): Promise<readonly [null, string]> {
    if (this.policy.onToolFailure === 'fail' || this.signal.aborted || !isInfrastructureFailure(error)) throw error;
    return [null, await this.overshoot(round, place)];
  }

  /** Says something in place of an output. */
  private async tell(round: Round, message: string, place: AnswerPlace): Promise<StopCause | null> {
    const [overshoot] = await Promise.all([this.overshoot(round, place), this.early?.takeBack()]);
    const shownMessage = await this.observe(round, 'message', message, overshoot, place);
    await this.endTurn({ text: round.shown + overshoot, isInvalidAction: true });
    return shownMessage === null ? 'context' : null;
  }

  private async overshoot(round: Round, place: Pick<AnswerPlace, 'isFirst' | 'isBesideClientCall'> = WHOLE_ROUND): Promise<string> {
    if (!place.isFirst || place.isBesideClientCall) return '';
    if (round.end.kind !== 'stop-string' || !round.isActionStop) return '';
    return overshootOf(this.ports.model, round.ids, round.end.stop, this.signal);
  }

  /** Appends what the model is shown. Returns the part inside the frame, or null when nothing of it fits the context. */
  private async observe(
    round: Round,
    kind: 'output' | 'message',
    output: string,
    overshoot: string,
    place: AnswerPlace,
  ): Promise<string | null> {
    await this.say(overshoot);
    const { enableMtrl, dialect } = this.policy;
    const isTurn = !place.isBesideClientCall && (place.hasOwnTurn || enableMtrl || dialect.isNative);
    const frame = frameAt(place, dialect, round.text, { kind, isTurn, overshoot });
    const observation = await fitObservation(
      this.ports.model,
      output,
      frame,
      isTurn ? await this.separatorAfter(round, place) : null,
      {
        // A sentence of ours is no output that could be too long.
        maxTokens: kind === 'message' ? Number.MAX_SAFE_INTEGER : this.policy.maxObservationTokens,
        side: this.policy.truncateSide,
        room: this.ports.model.maxContextTokens - this.ledger.length,
      },
      this.signal,
    );
    if (observation === null) return null;
    await this.append({ tokenIds: observation.tokenIds, isGenerated: false, logprobs: null });
    if (observation.text !== '') await this.emit({ type: 'text-delta', source: 'observation', text: observation.text });
    return observation.output;
  }

  /** The separator, without the turn end where the model's own last token was one. */
  private async separatorAfter(round: Round, place: AnswerPlace): Promise<ChatTurnSeparator> {
    const separator = separatorAt(place, await this.ports.separator(this.signal), this.policy.dialect.isNative);
    const endedItself = round.end.kind === 'end-of-sequence' && separator.turnEnd.tokenIds.at(-1) === this.ledger.lastId;
    return endedItself ? { ...separator, turnEnd: { text: '', tokenIds: [] } } : separator;
  }

  /** Text of the model, for the client. */
  private say(text: string): Promise<void> | undefined {
    return text === '' ? undefined : this.emit({ type: 'text-delta', source: 'model', text });
  }

  private append(tokens: AppendedTokens): Promise<void> | undefined {
    this.ledger.append(tokens);
    return this.emit({ type: 'tokens-appended', tokens });
  }

  private endTurn(record: {
    text: string;
    code?: string;
    output?: string | null;
    result?: ToolResult;
    isInvalidAction?: boolean;
  }): Promise<void> | undefined {
    const complete: TurnRecord = { turn: this.turn, code: null, output: null, result: null, isInvalidAction: false, ...record };
    return this.emit({ type: 'turn-end', record: complete });
  }
}

/** Nothing to wait for, mostly. */
function allOf(...waits: readonly (Promise<void> | undefined)[]): Promise<void> | undefined {
  return waits.some((wait) => wait !== undefined) ? Promise.all(waits).then(() => undefined) : undefined;
}

function generatedTokens({ tokenIds, tokenCount, logprobs }: GenerationStep): AppendedTokens {
  return { tokenIds, isGenerated: true, logprobs, ...(tokenCount === undefined ? {} : { tokenCount }) };
}
