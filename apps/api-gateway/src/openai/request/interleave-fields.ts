import { DIALECTS } from '@interleave/turn-engine';
import type { JsonSchema } from './json-schema';

const MAX_TURNS = 128;
const MAX_STOPS = 16;
const DAY_SECONDS = 86_400;

/** The options of the body's `interleave` object. Here a name that nobody knows is a mistake. */
export const INTERLEAVE_OPTIONS = {
  content: {
    enum: ['transcript', 'answer'],
    description: 'The whole transcript, tool output included, or only the text after the last tool output.',
  },
  token_ids: { type: 'boolean', description: 'Return token ids, loss mask and logprobs with every choice, aligned.' },
  dialect: { enum: ['auto', ...Object.keys(DIALECTS)], description: 'How the model asks for a tool.' },
  max_turns: { type: 'integer', minimum: 0, maximum: MAX_TURNS, description: 'Tool calls allowed in one answer; 0: none.' },
  min_turns: { type: 'integer', minimum: 0, maximum: MAX_TURNS, description: 'Tool calls to insist on.' },
  action_stop_tokens: {
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: 1000 },
    maxItems: MAX_STOPS,
    description: 'Stop strings by which the model asks for a tool.',
  },
  enable_mtrl: { type: 'boolean', description: 'Each observation becomes a chat turn of its own.' },
  on_invalid_action: { enum: ['tell', 'end'], description: 'After a round without a valid action: tell the model, or end.' },
  last_round: { enum: ['strict', 'free'], description: 'In the last round action stops stay in force, or are lifted.' },
  max_obs_length: {
    type: 'integer',
    minimum: 16,
    maximum: 1_000_000,
    description: 'Tokens of tool output that the model sees of one call.',
  },
  truncate_obs_side: { enum: ['left', 'right', 'middle'], description: 'Where longer output is cut.' },
  max_tokens_scope: { enum: ['answer', 'turn'], description: 'max_tokens bounds the whole answer, or each round.' },
  trajectory_timeout: {
    type: 'number',
    minimum: 1,
    maximum: DAY_SECONDS,
    description: "Seconds for one answer; the server's own limit holds.",
  },
  tool_timeout: {
    type: 'number',
    minimum: 0.1,
    maximum: DAY_SECONDS,
    description: "Seconds for one tool call; the server's own limit holds.",
  },
  early_execution: { type: 'boolean', description: 'Start a tool call when its block closes, where it can be taken back.' },
  on_choice_failure: {
    enum: ['fail', 'keep'],
    description: 'Trouble of the server in one of several answers: fail the request, or keep that answer as it is.',
  },
  on_tool_failure: {
    enum: ['fail', 'tell'],
    description: 'A sandbox that is missing or broken: fail the request, or tell the model and go on.',
  },
  session_id: {
    type: 'string',
    minLength: 1,
    maxLength: 1024,
    description: 'The sandbox session of an answer that asked for a function of the client.',
  },
  export: { enum: ['nemo-gym', 'nemo-gym-3'], description: 'Return every model call of a choice in the form of another system.' },
} satisfies Readonly<Record<string, JsonSchema>>;

/** The object as clients send it. */
export interface InterleaveOptions {
  readonly content?: 'transcript' | 'answer';
  readonly token_ids?: boolean;
  readonly dialect?: string;
  readonly max_turns?: number;
  readonly min_turns?: number;
  readonly action_stop_tokens?: readonly string[];
  readonly enable_mtrl?: boolean;
  readonly on_invalid_action?: 'tell' | 'end';
  readonly last_round?: 'strict' | 'free';
  readonly max_obs_length?: number;
  readonly truncate_obs_side?: 'left' | 'right' | 'middle';
  readonly max_tokens_scope?: 'answer' | 'turn';
  readonly trajectory_timeout?: number;
  readonly tool_timeout?: number;
  readonly early_execution?: boolean;
  readonly on_choice_failure?: 'fail' | 'keep';
  readonly on_tool_failure?: 'fail' | 'tell';
  readonly session_id?: string;
  readonly export?: 'nemo-gym' | 'nemo-gym-3';
}

/** Every option is in both lists: the compiler says so. */
INTERLEAVE_OPTIONS satisfies Record<keyof InterleaveOptions, JsonSchema>;
