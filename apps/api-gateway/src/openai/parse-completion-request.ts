import type { GatewaySettings } from '@interleave/settings';
import type { ChatMessage } from '@interleave/turn-engine';
import type { CompletionJob, Prompt, TurnOptions } from '../trajectories/completion-job';
import { CHAT_FIELDS } from './request/chat-fields';
import { readClientTools } from './request/client-tools';
import type { InterleaveOptions } from './request/interleave-fields';
import { CheckedRequest, invalid, readRequest } from './request/read-request';
import { TEXT_FIELDS } from './request/text-fields';
import type { TokenEntrySchema } from './token-entries';

/** How the answer is to look; the job itself doesn't care. */
export interface AnswerOptions {
  readonly isStreamed: boolean;
  readonly includeUsage: boolean;
  readonly content: 'transcript' | 'answer';
  /** The prompt stands before the answer's text. */
  readonly isPromptEchoed: boolean;
  readonly tokenIds: boolean;
  /** NeMo-Gym's form of every model call, in this version of its schema. */
  readonly tokenEntries: TokenEntrySchema | null;
  /** How many most likely tokens the client asked for at each place; null: no logprobs, other than in aligned token data. */
  readonly topLogprobs: number | null;
}

export interface ParsedRequest {
  readonly job: CompletionJob;
  readonly answer: AnswerOptions;
}

const TOKEN_ENTRIES = { none: null, 'nemo-gym': 1, 'nemo-gym-3': 3 } as const;

/** What one request may ask for, over all its prompts. */
const MAX_TRAJECTORIES = 4096;

type WirePrompt = string | readonly string[] | readonly number[] | readonly (readonly number[])[];

/** @throws AppError `invalid_request`, with the name of the field that is wrong */
export function parseChatCompletionRequest(body: unknown, settings: GatewaySettings, owner: string): ParsedRequest {
  const request = readRequest(body, CHAT_FIELDS, ['model', 'messages']);
  const areLogprobsAsked = request.get<boolean>('logprobs') ?? false;
  const topLogprobs = request.get<number>('top_logprobs') ?? 0;
  if (topLogprobs > 0 && !areLogprobsAsked) throw invalid('top_logprobs', 'top_logprobs needs logprobs to be true.');
  return toParsed(request, settings, owner, {
    prompts: [{ kind: 'chat', messages: toMessages(request), templateOptions: toTemplateOptions(request) }],
    maxTokens: request.get<number>('max_completion_tokens') ?? request.get<number>('max_tokens') ?? null,
    logprobs: areLogprobsAsked ? topLogprobs : null,
  });
}

/** @throws AppError `invalid_request`, with the name of the field that is wrong */
export function parseTextCompletionRequest(body: unknown, settings: GatewaySettings, owner: string): ParsedRequest {
  const request = readRequest(body, TEXT_FIELDS, ['model', 'prompt']);
  const prompts = toPrompts(request.get<WirePrompt>('prompt') ?? '');
  const n = request.get<number>('n') ?? 1;
  if ((request.get<number>('best_of') ?? n) !== n) throw invalid('best_of', 'best_of can only be as many as n: send n and choose.');
  if (request.get<boolean>('echo')) {
    if (prompts.some(({ kind }) => kind !== 'text')) throw invalid('echo', 'echo needs the prompt as text, not as token ids.');
    if (request.get('logprobs') !== undefined) throw invalid('echo', 'echo with logprobs is not supported: there are none of the prompt.');
  }
  return toParsed(request, settings, owner, {
    prompts,
    maxTokens: request.get<number>('max_tokens') ?? settings.defaultMaxTokens,
    logprobs: request.get<number>('logprobs') ?? null,
  });
}

function toParsed(
  request: CheckedRequest,
  settings: GatewaySettings,
  owner: string,
  parts: { readonly prompts: readonly Prompt[]; readonly maxTokens: number | null; readonly logprobs: number | null },
): ParsedRequest {
  const options = optionsOf(request);
  const isStreamed = request.get<boolean>('stream') ?? false;
  const streamOptions = request.get<{ include_usage?: boolean | null }>('stream_options');
  if (streamOptions && !isStreamed) throw invalid('stream_options', 'stream_options is only allowed with stream: true.');
  const n = request.get<number>('n') ?? 1;
  if (parts.prompts.length * n > MAX_TRAJECTORIES) {
    throw invalid(
      'n',
      `${parts.prompts.length} prompts × n = ${n} are more than ${MAX_TRAJECTORIES} answers: send them in several requests.`,
    );
  }
  const turns = toTurnOptions(options, settings);
  const needsTokenIds = (options.token_ids ?? false) || options.export !== undefined;
  return {
    job: {
      model: request.get<string>('model') ?? '',
      prompts: parts.prompts,
      n,
      userStops: [request.get<string | readonly string[]>('stop') ?? []].flat(),
      maxTokens: parts.maxTokens,
      seed: request.get<number>('seed') ?? null,
      logprobs: parts.logprobs ?? (needsTokenIds ? 0 : null),
      needsTokenIds,
      sampling: request.of('worker'),
      turns,
      clientTools: readClientTools(request),
      session: { owner, sessionId: options.session_id ?? null },
      isLive: isStreamed,
    },
    answer: {
      isStreamed,
      includeUsage: streamOptions?.include_usage ?? false,
      content: options.content ?? settings.content,
      isPromptEchoed: request.get<boolean>('echo') ?? false,
      tokenIds: options.token_ids ?? false,
      tokenEntries: TOKEN_ENTRIES[options.export ?? 'none'],
      topLogprobs: parts.logprobs,
    },
  };
}

/** What stands before the text of a choice. */
export function echoOf({ job, answer }: ParsedRequest, index: number): string {
  const prompt = job.prompts[Math.floor(index / job.n)];
  return answer.isPromptEchoed && prompt?.kind === 'text' ? prompt.text : '';
}

/** The options that were sent; one that is null was not. */
function optionsOf(request: CheckedRequest): InterleaveOptions {
  const sent = Object.entries(request.get<object>('interleave') ?? {});
  return Object.fromEntries(sent.filter(([, value]) => value !== null));
}

function toTurnOptions(options: InterleaveOptions, settings: GatewaySettings): TurnOptions {
  const turns: TurnOptions = {
    dialect: options.dialect ?? settings.dialect,
    actionStopTokens: options.action_stop_tokens ?? settings.actionStopTokens,
    maxTurns: options.max_turns ?? settings.maxTurns,
    minTurns: options.min_turns ?? settings.minTurns,
    lastRound: options.last_round ?? settings.lastRound,
    onInvalidAction: options.on_invalid_action ?? settings.onInvalidAction,
    enableMtrl: options.enable_mtrl ?? settings.enableMtrl,
    maxObsLength: options.max_obs_length ?? settings.maxObsLength,
    truncateObsSide: options.truncate_obs_side ?? settings.truncateObsSide,
    maxTokensScope: options.max_tokens_scope ?? settings.maxTokensScope,
    trajectoryTimeoutMs: 1000 * Math.min(options.trajectory_timeout ?? settings.trajectoryTimeout, settings.trajectoryTimeout),
    earlyExecution: options.early_execution ?? settings.earlyExecution,
    onToolFailure: options.on_tool_failure ?? settings.onToolFailure,
    onChoiceFailure: options.on_choice_failure ?? settings.onChoiceFailure,
    toolTimeoutMs: 1000 * Math.min(options.tool_timeout ?? settings.toolTimeout, settings.toolTimeout),
  };
  if (options.min_turns !== undefined && turns.minTurns > turns.maxTurns)
    throw invalid('interleave.min_turns', 'interleave.min_turns is above max_turns.');
  // A request that lowers max_turns below the server's min_turns means it.
  return { ...turns, minTurns: Math.min(turns.minTurns, turns.maxTurns) };
}

/** Open models' templates know no `developer`, the newer name of `system`. */
function toMessages(request: CheckedRequest): ChatMessage[] {
  const messages = request.get<readonly { readonly role: string; readonly content?: unknown }[]>('messages') ?? [];
  return messages.map((message) => ({
    ...message,
    role: message.role === 'developer' ? 'system' : message.role,
    content: message.content ?? '',
  }));
}

function toTemplateOptions(request: CheckedRequest): Record<string, unknown> {
  const { reasoning_effort: effort, chat_template_kwargs: variables, ...others } = request.of('template');
  if (effort === undefined && variables === undefined) return others;
  return { ...others, chat_template_kwargs: { ...(effort === undefined ? {} : { reasoning_effort: effort }), ...(variables as object) } };
}

function toPrompts(prompt: WirePrompt): Prompt[] {
  if (typeof prompt === 'string') return [{ kind: 'text', text: prompt }];
  if (typeof prompt[0] === 'number') return [{ kind: 'ids', ids: prompt as readonly number[] }];
  return (prompt as readonly (string | readonly number[])[]).map((element) =>
    typeof element === 'string' ? { kind: 'text', text: element } : { kind: 'ids', ids: element },
  );
}
