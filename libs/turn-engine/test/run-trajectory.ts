import { deriveChatTurnSeparator, resolveDialect, runTurnLoop } from '../src';
import type { TrajectoryRequest, ToolResult, TurnEvent, TurnPolicy } from '../src';
import type { ScriptedModel } from './scripted-model';

export const CALL = 'Let me compute that with Python.\n```python\nprint(12*34)\n```\n```output';
export const ANSWER = 'The answer is 408.';

const RAN: ToolResult = {
  status: 'ok',
  state: 'kept',
  call: 1,
  restoredCall: null,
  output: '',
  value: null,
  traceback: null,
  exit: null,
  wallMs: 1,
};

export interface RunOptions {
  readonly policy?: Partial<TurnPolicy>;
  readonly request?: Partial<TrajectoryRequest>;
  /** What each call prints, one after another; or a whole result. */
  readonly outputs?: readonly (string | Partial<ToolResult>)[];
  readonly prompt?: string;
}

/** A trajectory, run to its end, and what came of it. */
export interface FinishedTrajectory {
  readonly events: readonly TurnEvent[];
  readonly text: string;
  readonly tokenIds: readonly number[];
  readonly mask: readonly boolean[];
  readonly promptIds: readonly number[];
  readonly codes: readonly string[];
  readonly end: Extract<TurnEvent, { type: 'trajectory-end' }>;
}

export async function runTrajectory(model: ScriptedModel, options: RunOptions = {}): Promise<FinishedTrajectory> {
  const outputs = [...(options.outputs ?? [])];
  const codes: string[] = [];
  const tools = {
    timeoutMs: 10_000,
    execute: (code: string): Promise<ToolResult> => {
      codes.push(code);
      const next = outputs.shift() ?? '';
      const result = typeof next === 'string' ? { output: next } : next;
      return Promise.resolve({ ...RAN, ...result });
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
    ...options.policy,
  };
  const promptIds = await model.tokenize(options.prompt ?? '<|im_start|>user\nWhat is 12 * 34?<|im_end|>\n<|im_start|>assistant\n');
  const request = { promptIds, userStops: [], maxTokens: null, deadline: new AbortController().signal, ...options.request };
  const separator = (signal: AbortSignal) => deriveChatTurnSeparator(model, { role: 'user', separator: null, turnEndToken: null }, signal);
  const events: TurnEvent[] = [];
  for await (const event of runTurnLoop(request, { model, tools, separator }, policy, new AbortController().signal)) events.push(event);

  const end = events.at(-1);
  if (end?.type !== 'trajectory-end') throw new Error('a trajectory must end with trajectory-end');
  const appended = events.flatMap((event) => (event.type === 'tokens-appended' ? [event.tokens] : []));
  return {
    events,
    text: events.map((event) => (event.type === 'text-delta' ? event.text : '')).join(''),
    tokenIds: appended.flatMap(({ tokenIds }) => [...tokenIds]),
    mask: appended.flatMap(({ tokenIds, isGenerated }) => tokenIds.map(() => isGenerated)),
    promptIds: request.promptIds,
    codes,
    end,
  };
}
