/** The ids of an answer, from its prompt on. */
export interface AnswerIds {
  readonly promptIds: readonly number[];
  readonly ids: readonly number[];
  readonly mask: readonly number[];
}

/** What was generated from a prompt on, as the mask says: up to the first id that was not. */
export function takenIds({ promptIds, ids, mask }: AnswerIds, prompt: readonly number[]): readonly number[] {
  const start = prompt.length - promptIds.length;
  const end = mask.indexOf(0, start);
  return ids.slice(start, end < 0 ? ids.length : end);
}
