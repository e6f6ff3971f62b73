import { AppError } from '@interleave/kernel';

/** One question of a data set. */
export interface Question {
  readonly id: string;
  /** What is asked: fields of the request. */
  readonly input: { readonly messages: unknown } | { readonly prompt: string };
  /** The right answer, where the data set has it. */
  readonly answer: string | null;
}

/**
 * Reads JSON lines. The id is `id` or `task_id`, else the number of the line; the question is `messages`, `question` or `prompt`.
 * @throws AppError `invalid_settings` with the number of the line that is wrong
 */
export function parseDataset(text: string, endpoint: 'chat' | 'text'): Question[] {
  const questions: Question[] = [];
  const ids = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const question = questionOf(line, index + 1, endpoint);
    if (ids.has(question.id)) throw wrong(index + 1, `the id ${question.id} is taken by a line above`);
    ids.add(question.id);
    questions.push(question);
  }
  return questions;
}

function questionOf(line: string, number: number, endpoint: 'chat' | 'text'): Question {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch (error) {
    throw wrong(number, `it is not JSON (${(error as Error).message})`);
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) throw wrong(number, 'it is not a JSON object');
  const { id, task_id: taskId, messages, question, prompt, answer } = row as Record<string, unknown>;
  return {
    id: String(id ?? taskId ?? number),
    input: inputOf({ messages, text: question ?? prompt }, number, endpoint),
    answer: answer === undefined || answer === null ? null : String(answer),
  };
}

function inputOf(
  row: { readonly messages: unknown; readonly text: unknown },
  number: number,
  endpoint: 'chat' | 'text',
): Question['input'] {
  if (endpoint === 'chat' && Array.isArray(row.messages)) return { messages: row.messages };
  if (typeof row.text !== 'string')
    throw wrong(number, endpoint === 'chat' ? 'it has no "messages", "question" or "prompt"' : 'it has no "prompt"');
  return endpoint === 'chat' ? { messages: [{ role: 'user', content: row.text }] } : { prompt: row.text };
}

function wrong(number: number, reason: string): AppError {
  return new AppError('invalid_settings', `Line ${number} of the data set can't be used: ${reason}.`);
}
