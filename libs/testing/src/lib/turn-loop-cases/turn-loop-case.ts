import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FakeExecution } from '../fake-tool-server/fake-execution';
import type { FakeAnswer } from '../fake-vllm/fake-reply';
import type { TrajectoryProperty } from './trajectory-properties';

export type CaseEngine = 'fake' | 'llama-worker' | 'vllm';

/** One golden vector: a request to the gateway, what the model says and what the tools answer, and what must come of it. */
export interface TurnLoopCase {
  readonly name: string;
  /** The rule that the case stands for. */
  readonly rule: string;
  /** Where it is run: the demo model says by itself what `rounds` lets the fake say. */
  readonly engines: readonly CaseEngine[];
  readonly endpoint: '/v1/chat/completions' | '/v1/completions';
  /** Body of the request, `interleave` options included. */
  readonly request: Readonly<Record<string, unknown>>;
  /** What the fake has to be, where it isn't the default. */
  readonly worker?: {
    readonly max_model_len?: number;
    readonly adds_begin?: boolean;
    /** Workers that share the script: one takes over from the other. */
    readonly copies?: number;
  };
  /** The fake's replies, in order. */
  readonly rounds: readonly FakeAnswer[];
  /** The fake tool server's results, in order. A case with `tools: "scripted"` needs them with every engine; the others also run on a real sandbox. */
  readonly executions: readonly FakeExecution[];
  readonly tools?: 'scripted';
  readonly expect: TurnLoopExpectation;
}

/** What must hold of the answer. Patterns are regular expressions, matched with the `u` flag. */
export interface TurnLoopExpectation {
  /** Any of these. */
  readonly finish_reason: readonly string[];
  readonly stop_cause: readonly string[];
  readonly tool_calls?: number;
  readonly text?: readonly string[];
  readonly text_not?: readonly string[];
  /** By place; an answer may have more turns. */
  readonly turns?: readonly { readonly text?: string; readonly code?: string; readonly output?: string; readonly status?: string }[];
  /** Ids with mask 1. */
  readonly generated_tokens?: number;
  /** Ids of each observation, frame included. */
  readonly observation_tokens_at_most?: number;
  /** Control tokens with mask 0. */
  readonly control_tokens_in_observations?: number;
  /** Tokens that the context still had after the last observation: at least, at most. */
  readonly room_left_after_observation?: readonly [number, number];
  readonly properties?: readonly TrajectoryProperty[];
  /** Properties that depend on how the fake's tokenizer cuts. */
  readonly fake_properties?: readonly TrajectoryProperty[];
}

/** The golden vectors, those of one engine if it is named. */
export function loadTurnLoopCases(engine?: CaseEngine): readonly TurnLoopCase[] {
  const cases = JSON.parse(readFileSync(join(__dirname, '../../../golden/turn-loop-cases.json'), 'utf8')) as TurnLoopCase[];
  return engine === undefined ? cases : cases.filter(({ engines }) => engines.includes(engine));
}
