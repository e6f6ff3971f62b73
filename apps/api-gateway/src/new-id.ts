import { randomUUID } from 'node:crypto';

const CHARACTERS = 32;

/** An id that nobody can guess, of at most 32 hexadecimal characters behind its prefix. */
export function newId(prefix: string, characters = CHARACTERS): string {
  return prefix + randomUUID().replaceAll('-', '').slice(0, characters);
}

/** Of a call of a function, in OpenAI's form. */
export function newCallId(): string {
  return newId('call_', 24);
}
