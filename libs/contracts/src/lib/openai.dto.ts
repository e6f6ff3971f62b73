import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  Validate,
  ValidateIf,
  ValidatorConstraint,
  ValidatorConstraintInterface,
} from 'class-validator';

const MAX_STOPS = 16;

@ValidatorConstraint({ name: 'stop' })
class IsStop implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value === 'string') return value !== '';
    return Array.isArray(value) && value.length <= MAX_STOPS && value.every((stop) => typeof stop === 'string' && stop !== '');
  }
  defaultMessage(): string {
    return `stop must be a string or an array of at most ${MAX_STOPS} strings, none of them empty`;
  }
}

@ValidatorConstraint({ name: 'messages' })
class AreMessages implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return (
      Array.isArray(value) &&
      value.every((message) => typeof message === 'object' && message !== null && typeof Reflect.get(message, 'role') === 'string')
    );
  }
  defaultMessage(): string {
    return 'messages must be an array of objects with a role';
  }
}

@ValidatorConstraint({ name: 'prompt' })
class IsPrompt implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value === 'string') return true;
    if (!Array.isArray(value) || value.length === 0) return false;
    return (
      value.every((element) => typeof element === 'string') ||
      areIds(value) ||
      value.every((element) => Array.isArray(element) && element.length > 0 && areIds(element))
    );
  }
  defaultMessage(): string {
    return 'prompt must be a string, an array of strings, an array of token ids or an array of such arrays';
  }
}

function areIds(value: unknown[]): boolean {
  return value.every((element) => Number.isInteger(element) && (element as number) >= 0);
}

/** The body's `interleave` object: per-request values of the gateway's parameters, and what the answer should carry. */
export class InterleaveOptionsDto {
  @IsOptional()
  @IsIn(['transcript', 'answer'])
  content?: 'transcript' | 'answer';

  /** Return token ids, loss mask and logprobs with every choice. */
  @IsOptional()
  @IsBoolean()
  token_ids?: boolean;

  @IsOptional()
  @IsIn(['auto', 'torl', 'acecoder', 'verltool', 'hermes', 'native'])
  dialect?: string;

  /** A tool call is started when its block closes, where it can be taken back. */
  @IsOptional()
  @IsBoolean()
  early_execution?: boolean;

  /** Trouble of the server in one of several answers: fail the request, or keep that answer as it is. */
  @IsOptional()
  @IsIn(['fail', 'keep'])
  on_choice_failure?: 'fail' | 'keep';

  /** A sandbox that is missing or broken: fail the request, or tell the model and go on. */
  @IsOptional()
  @IsIn(['fail', 'tell'])
  on_tool_failure?: 'fail' | 'tell';

  /** The sandbox session of an answer that asked for a function of the client. */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  session_id?: string;

  /** Return every model call of a choice in the form of another system. */
  @IsOptional()
  @IsIn(['nemo-gym', 'nemo-gym-3'])
  export?: 'nemo-gym' | 'nemo-gym-3';

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(128)
  max_turns?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(128)
  min_turns?: number;

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  @ArrayMaxSize(MAX_STOPS)
  action_stop_tokens?: string[];

  @IsOptional()
  @IsBoolean()
  enable_mtrl?: boolean;

  @IsOptional()
  @IsIn(['tell', 'end'])
  on_invalid_action?: 'tell' | 'end';

  @IsOptional()
  @IsIn(['strict', 'free'])
  last_round?: 'strict' | 'free';

  @IsOptional()
  @IsInt()
  @Min(16)
  max_obs_length?: number;

  @IsOptional()
  @IsIn(['left', 'right', 'middle'])
  truncate_obs_side?: 'left' | 'right' | 'middle';

  @IsOptional()
  @IsIn(['answer', 'turn'])
  max_tokens_scope?: 'answer' | 'turn';

  /** Seconds; the server's own limit holds. */
  @IsOptional()
  @IsNumber()
  @Min(1)
  trajectory_timeout?: number;

  /** Seconds; the server's own limit holds. */
  @IsOptional()
  @IsNumber()
  @Min(0.1)
  tool_timeout?: number;
}

class StreamOptionsDto {
  @IsOptional()
  @IsBoolean()
  include_usage?: boolean;
}

/** What chat and text completions share. Null means "not sent" everywhere, as SDKs send it. Unknown fields go through to the worker. */
abstract class CompletionRequestDto {
  @IsString()
  @MaxLength(1024)
  model!: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(128)
  n?: number | null;

  @IsOptional()
  @IsBoolean()
  stream?: boolean | null;

  @IsOptional()
  @IsObject()
  stream_options?: StreamOptionsDto | null;

  @IsOptional()
  @Validate(IsStop)
  stop?: string | string[] | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  max_tokens?: number | null;

  @IsOptional()
  @IsInt()
  seed?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  top_p?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(-2)
  @Max(2)
  presence_penalty?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(-2)
  @Max(2)
  frequency_penalty?: number | null;

  @IsOptional()
  @IsObject()
  interleave?: InterleaveOptionsDto | null;
}

/** Body of `POST /v1/chat/completions`. */
export class ChatCompletionRequestDto extends CompletionRequestDto {
  @Validate(AreMessages)
  @ArrayMinSize(1)
  messages!: { role: string; content?: unknown; [extra: string]: unknown }[];

  @IsOptional()
  @IsInt()
  @Min(1)
  max_completion_tokens?: number | null;

  @IsOptional()
  @IsBoolean()
  logprobs?: boolean | null;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(20)
  top_logprobs?: number | null;
}

/** Body of `POST /v1/completions`. */
export class TextCompletionRequestDto extends CompletionRequestDto {
  @Validate(IsPrompt)
  prompt!: string | string[] | number[] | number[][];

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(20)
  logprobs?: number | null;

  @IsOptional()
  @IsBoolean()
  echo?: boolean | null;

  @IsOptional()
  @ValidateIf((_body, value) => value !== '')
  @IsString()
  suffix?: string | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  best_of?: number | null;
}
