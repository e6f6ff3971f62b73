import { deriveChatTurnSeparator, resolveDialect, runTurnLoop } from '../src';
import type { ModelPort, OutputListener, Program, ToolPort, ToolResult, TrajectoryRequest, TurnEvent, TurnPolicy } from '../src';

export const CALL = 'Let me compute that with Python.\n```python\nprint(12*34)\n```\n```output';
export const ANSWER = 'The answer is 408.';

const RAN: ToolResult = {
  status: 'ok',
  state: 'kept',
  call: 1,
  restoredCall: null,
  output: '',
  stdout: '',
  stderr: '',
  value: null,
  traceback: null,
  exit: null,
  wallMs: 1,
  queuedMs: 0,
  callMs: 2,
};

export interface RunOptions {
  readonly policy?: Partial<TurnPolicy>;
  readonly request?: Partial<TrajectoryRequest>;
  /** What each call prints, one after another; or a whole result. */
  readonly outputs?: readonly (string | Partial<ToolResult> | Error)[];
  /** In place of `outputs`: what a program prints is decided by the program. */
  readonly answers?: (program: Program) => string | Partial<ToolResult>;
  readonly prompt?: string;
  readonly separatorRole?: string;
  readonly signal?: AbortSignal;
  /** No call can be taken back, so none is started early. */
  readonly refusesEarly?: boolean;
}

export interface RecordedRun {
  readonly program: Program;
  readonly isEarly: boolean;
  isTakenBack: boolean;
}

/** A trajectory, run to its end, and what came of it. */
export interface FinishedTrajectory {
  readonly events: readonly TurnEvent[];
  readonly text: string;
  readonly tokenIds: readonly number[];
  readonly mask: readonly boolean[];
  readonly promptIds: readonly number[];
  /** Of the programs that ran and were not taken back. */
  readonly codes: readonly string[];
  readonly runs: readonly RecordedRun[];
  /** How often the sandbox was asked to get ready. */
  readonly prepared: number;
  readonly end: Extract<TurnEvent, { type: 'trajectory-end' }>;
}

export async function runTrajectory(model: ModelPort, options: RunOptions = {}): Promise<FinishedTrajectory> {
  const outputs = [...(options.outputs ?? [])];
  const runs: RecordedRun[] = [];
  let prepared = 0;
  const answer = (program: Program, onOutput: OutputListener): ToolResult => {
    const next = options.answers ? options.answers(program) : (outputs.shift() ?? '');
    const result = typeof next === 'string' ? { output: next, stdout: next } : next;
    if (result instanceof Error) throw result;
    if (result.stdout) onOutput('stdout', result.stdout);
    return { ...RAN, ...result };
  };
  const tools: ToolPort = {
    timeoutMs: 10_000,
    prepare: () => void (prepared += 1),
    execute: async (program, onOutput) => {
      runs.push({ program, isEarly: false, isTakenBack: false });
      return answer(program, onOutput);
    },
    startEarly: (program, onOutput) => {
      if (options.refusesEarly) return null;
      const run: RecordedRun = { program, isEarly: true, isTakenBack: false };
      runs.push(run);
      // What is taken back has used up no scripted output.
      const kept = [...outputs];
      return {
        result: Promise.resolve().then(() => answer(program, onOutput)),
        adopt: () => undefined,
        takeBack: async () => {
          await Promise.resolve();
          outputs.splice(0, outputs.length, ...kept);
          run.isTakenBack = true;
        },
      };
    },
  };
  const policy: TurnPolicy = {
    ...resolveDialect('torl', []),
    maxTurns: 4,
    minTurns: 0,
    lastRound: 'strict',
    onInvalidAction: 'tell',
    enableMtrl: false,
    maxObservationTokens: 512,
    truncateSide: 'left',
    maxTokensScope: 'answer',
    earlyExecution: true,
    onFailure: 'fail',
    onToolFailure: 'fail',
    clientFunctions: new Set(),
    parallelClientCalls: true,
    callOpening: null,
    ...options.policy,
  };
  const { signal = new AbortController().signal } = options;
  const prompt = options.prompt ?? '<|im_start|>user\nWhat is 12 * 34?<|im_end|>\n<|im_start|>assistant\n';
  const promptIds = await model.tokenize(prompt, signal);
  const request = { promptIds, userStops: [], maxTokens: null, ...options.request };
  const separator = (separatorSignal: AbortSignal) =>
    deriveChatTurnSeparator(model, { role: options.separatorRole ?? 'user', separator: null, turnEndToken: null }, separatorSignal);
  const events: TurnEvent[] = [];
  await runTurnLoop(request, { model, tools, separator }, policy, (event) => void events.push(event), signal);

  const end = events.at(-1);
  if (end?.type !== 'trajectory-end') throw new Error('a trajectory must end with trajectory-end');
  const appended = events.flatMap((event) => (event.type === 'tokens-appended' ? [event.tokens] : []));
  return {
    events,
    text: events.map((event) => (event.type === 'text-delta' ? event.text : '')).join(''),
    tokenIds: appended.flatMap(({ tokenIds }) => [...tokenIds]),
    mask: appended.flatMap(({ tokenIds, isGenerated }) => tokenIds.map(() => isGenerated)),
    promptIds: request.promptIds,
    codes: runs.filter(({ isTakenBack }) => !isTakenBack).map(({ program }) => program.code),
    runs,
    prepared,
    end,
  };
}
