import { AppError, isAppError } from '@interleave/kernel';
import type { CompletionJob } from '../trajectories/completion-job';

/** Fields that the gateway gives a meaning: their names are the client's, whoever says them. */
const MEANT_FIELDS = [
  ...['model', 'messages', 'prompt', 'n', 'stop', 'seed', 'echo', 'interleave', 'max_tokens', 'max_completion_tokens'],
  ...['logprobs', 'top_logprobs', 'tools', 'tool_choice', 'parallel_tool_calls'],
];

/**
 * The same error, with the client's field at fault as far as that can be known: the one that the worker named, if the client has such a field, else the first
 * one that its sentence speaks of. The sentence stays.
 */
export function namingField<Failure>(error: Failure, job: CompletionJob): Failure | AppError {
  if (!isAppError(error) || (error.code !== 'invalid_request' && error.code !== 'context_length_exceeded')) return error;
  const isChat = job.prompts.every(({ kind }) => kind === 'chat');
  const input = isChat ? 'messages' : 'prompt';
  const named = error.param?.split(/[.[]/)[0] ?? null;
  const sent = fieldsOf(job);
  let param: string | null = error.param;
  if (error.code === 'context_length_exceeded') param = input;
  // The gateway sends chats as prompts.
  else if (named === 'prompt' || named === 'messages') param = named === input ? error.param : input;
  else if (named === null || ![...sent, ...MEANT_FIELDS].includes(named)) param = fieldIn(error.message, sent);
  if (param === error.param) return error;
  const { code, message, isRetryable, retryAfterMs } = error;
  const times = retryAfterMs === null ? {} : { retryAfterMs };
  return new AppError(code, message, { cause: error, isRetryable, ...times, ...(param === null ? {} : { param }) });
}

/** What the client sent and the worker has seen. */
function fieldsOf({ sampling, prompts }: CompletionJob): readonly string[] {
  const template = prompts.flatMap((prompt) => (prompt.kind === 'chat' ? Object.keys(prompt.templateOptions) : []));
  return [...Object.keys(sampling), ...template];
}

/** The first of the fields that a sentence speaks of, as a word of its own. */
function fieldIn(sentence: string, fields: readonly string[]): string | null {
  let first: { readonly at: number; readonly name: string } | null = null;
  for (const name of fields) {
    const at = placeOfWord(sentence, name);
    if (at >= 0 && (first === null || at < first.at)) first = { at, name };
  }
  return first?.name ?? null;
}

function placeOfWord(sentence: string, word: string): number {
  for (let at = sentence.indexOf(word); at >= 0; at = sentence.indexOf(word, at + 1)) {
    if (!/\w/.test(sentence.charAt(at - 1)) && !/\w/.test(sentence.charAt(at + word.length))) return at;
  }
  return -1;
}
