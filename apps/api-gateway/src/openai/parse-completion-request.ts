import { ChatCompletionRequestDto, InterleaveOptionsDto, TextCompletionRequestDto } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import type { GatewaySettings } from '@interleave/settings';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import type { ValidatorOptions } from 'class-validator';
import type { ClientTools, CompletionJob, Prompt, TurnOptions } from '../trajectories/completion-job';
import { NO_CLIENT_TOOLS, parseClientTools } from './client-tools';
import type { TokenEntrySchema } from './token-entries';

/** How the answer is to look; the job itself doesn't care. */
export interface AnswerOptions {
  readonly isStreamed: boolean;
  readonly includeUsage: boolean;
  readonly content: 'transcript' | 'answer';
  readonly tokenIds: boolean;
  /** NeMo-Gym's form of every model call, in this version of its schema. */
  readonly tokenEntries: TokenEntrySchema | null;
  /** The client asked for logprobs itself, not only for aligned token data. */
  readonly logprobs: boolean;
}

export interface ParsedRequest {
  readonly job: CompletionJob;
  readonly answer: AnswerOptions;
}

/** Fields with a meaning here; the others go to the worker. */
const CHAT_FIELDS = [
  'model',
  'messages',
  'n',
  'stream',
  'stream_options',
  'stop',
  'max_tokens',
  'max_completion_tokens',
  'seed',
  'logprobs',
  'top_logprobs',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'interleave',
];
const TEXT_FIELDS = [
  'model',
  'prompt',
  'n',
  'stream',
  'stream_options',
  'stop',
  'max_tokens',
  'seed',
  'logprobs',
  'echo',
  'suffix',
  'best_of',
  'interleave',
];
/** Meaningful to OpenAI's own service only; harmless here. */
const IGNORED_FIELDS = [
  'user',
  'store',
  'metadata',
  'service_tier',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'parallel_tool_calls',
  'reasoning_effort',
  'verbosity',
];
/** Would change the ids or the text behind the gateway's back, or promise what it doesn't do. */
const REFUSED_FIELDS: Readonly<Record<string, string>> = {
  functions: 'functions is the old form of tools: send tools.',
  function_call: 'function_call is the old form of tool_choice: send tool_choice.',
  audio: 'Audio output is not supported.',
  prediction: 'Predicted outputs are not supported.',
  web_search_options: 'Web search is not supported.',
  prompt_logprobs: 'Logprobs of the prompt are not supported.',
  truncate_prompt_tokens: 'Shortening the prompt is not supported: send one that fits.',
};
/** Of chats only. */
const REFUSED_IN_TEXTS: Readonly<Record<string, string>> = {
  tools: 'Function tools of the client need messages: use /v1/chat/completions.',
  tool_choice: 'Function tools of the client need messages: use /v1/chat/completions.',
};
const TOKEN_ENTRIES = { none: null, 'nemo-gym': 1, 'nemo-gym-3': 3 } as const;
const TEMPLATE_FIELDS = ['chat_template_kwargs', 'chat_template', 'add_generation_prompt', 'continue_final_message'];
/** Set by the gateway on every round. */
const OWN_FIELDS = [
  'include_stop_str_in_output',
  'return_token_ids',
  'skip_special_tokens',
  'spaces_between_special_tokens',
  'return_tokens_as_token_ids',
  'stream_interval',
  'request_id',
];

export function parseChatCompletionRequest(body: unknown, settings: GatewaySettings, owner: string): ParsedRequest {
  const request = validated(ChatCompletionRequestDto, body);
  refuseUnsupported(request);
  if (request.top_logprobs && !request.logprobs) throw invalid('top_logprobs', 'top_logprobs needs logprobs to be true.');
  const templateOptions = pick(request, TEMPLATE_FIELDS);
  const prompt: Prompt = {
    kind: 'chat',
    messages: request.messages.map((message) => ({ ...message, content: message.content ?? '' })),
    templateOptions,
  };
  return toParsed(request, [prompt], {
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
    logprobs: request.logprobs ? (request.top_logprobs ?? 0) : null,
    sampling: omit(request, [...CHAT_FIELDS, ...TEMPLATE_FIELDS]),
    clientTools: parseClientTools(request),
    settings,
    owner,
  });
}

export function parseTextCompletionRequest(body: unknown, settings: GatewaySettings, owner: string): ParsedRequest {
  const request = validated(TextCompletionRequestDto, body);
  refuseUnsupported(request, { ...REFUSED_FIELDS, ...REFUSED_IN_TEXTS });
  if (request.echo) throw invalid('echo', 'echo is not supported: the answer never repeats the prompt.');
  if (request.suffix) throw invalid('suffix', 'suffix is not supported.');
  if (request.best_of && request.best_of !== (request.n ?? 1))
    throw invalid('best_of', 'best_of is not supported: ask for n answers and choose.');
  return toParsed(request, toPrompts(request.prompt), {
    maxTokens: request.max_tokens ?? settings.defaultMaxTokens,
    logprobs: request.logprobs ?? null,
    sampling: omit(request, TEXT_FIELDS),
    clientTools: NO_CLIENT_TOOLS,
    settings,
    owner,
  });
}

function toParsed(
  request: ChatCompletionRequestDto | TextCompletionRequestDto,
  prompts: readonly Prompt[],
  parts: {
    maxTokens: number | null;
    logprobs: number | null;
    sampling: Record<string, unknown>;
    clientTools: ClientTools;
    settings: GatewaySettings;
    /** Whoever may use the sessions of this request. */
    owner: string;
  },
): ParsedRequest {
  const options = request.interleave ?? {};
  const { settings } = parts;
  const needsIds = (options.token_ids ?? false) || options.export !== undefined;
  if (request.stream_options && !request.stream) throw invalid('stream_options', 'stream_options is only allowed with stream: true.');
  return {
    job: {
      model: request.model,
      prompts,
      n: request.n ?? 1,
      userStops: request.stop === null || request.stop === undefined ? [] : [request.stop].flat(),
      maxTokens: parts.maxTokens,
      seed: request.seed ?? null,
      logprobs: parts.logprobs ?? (needsIds ? 0 : null),
      needsTokenIds: needsIds,
      sampling: parts.sampling,
      turns: toTurnOptions(options, settings),
      clientTools: parts.clientTools,
      session: { owner: parts.owner, sessionId: options.session_id ?? null },
      isLive: request.stream ?? false,
    },
    answer: {
      isStreamed: request.stream ?? false,
      includeUsage: request.stream_options?.include_usage ?? false,
      content: options.content ?? settings.content,
      tokenIds: options.token_ids ?? false,
      tokenEntries: TOKEN_ENTRIES[options.export ?? 'none'],
      logprobs: parts.logprobs !== null,
    },
  };
}

function toTurnOptions(options: InterleaveOptionsDto, settings: GatewaySettings): TurnOptions {
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

function toPrompts(prompt: TextCompletionRequestDto['prompt']): Prompt[] {
  if (typeof prompt === 'string') return [{ kind: 'text', text: prompt }];
  if (typeof prompt[0] === 'number') return [{ kind: 'ids', ids: prompt as number[] }];
  return (prompt as (string | number[])[]).map((element) =>
    typeof element === 'string' ? { kind: 'text', text: element } : { kind: 'ids', ids: element },
  );
}

function validated<Body extends object>(bodyClass: new () => Body, body: unknown): Body {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid(null, 'The request body must be a JSON object.');
  const request = Object.assign(new bodyClass(), body);
  check(request, '');
  const { interleave } = request as { interleave?: unknown };
  if (interleave !== undefined && interleave !== null) {
    const options = plainToInstance(InterleaveOptionsDto, interleave);
    // Here a name that nobody knows is a mistake; elsewhere it is a parameter for the worker.
    check(options, 'interleave.', { whitelist: true, forbidNonWhitelisted: true });
    for (const key of Object.keys(options)) if (Reflect.get(options, key) === null) Reflect.deleteProperty(options, key);
    Reflect.set(request, 'interleave', options);
  }
  return request;
}

function check(value: object, prefix: string, options: ValidatorOptions = {}): void {
  const [first] = validateSync(value, { stopAtFirstError: true, forbidUnknownValues: false, ...options });
  if (!first) return;
  if (first.constraints?.['whitelistValidation']) throw invalid(prefix + first.property, `Unknown option ${prefix}${first.property}.`);
  const [sentence = `${first.property} is not valid`] = Object.values(first.constraints ?? {});
  throw invalid(prefix + first.property, `${prefix}${sentence}.`);
}

function refuseUnsupported(request: object, refused = REFUSED_FIELDS): void {
  for (const [field, sentence] of Object.entries(refused)) {
    const value: unknown = Reflect.get(request, field);
    const isUsed = value !== undefined && value !== null && value !== 'none' && !(Array.isArray(value) && value.length === 0);
    if (isUsed) throw invalid(field, sentence);
  }
  const modalities: unknown = Reflect.get(request, 'modalities');
  if (Array.isArray(modalities) && modalities.some((modality) => modality !== 'text'))
    throw invalid('modalities', 'Only text can be generated.');
}

function pick(request: object, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(request).filter(([field, value]) => fields.includes(field) && value !== null && value !== undefined),
  );
}

function omit(request: object, fields: readonly string[]): Record<string, unknown> {
  const left = new Set([...fields, ...IGNORED_FIELDS, ...OWN_FIELDS, ...Object.keys(REFUSED_FIELDS), 'modalities']);
  return Object.fromEntries(Object.entries(request).filter(([field, value]) => !left.has(field) && value !== null && value !== undefined));
}

function invalid(param: string | null, message: string): AppError {
  return new AppError('invalid_request', message, param === null ? {} : { param });
}
