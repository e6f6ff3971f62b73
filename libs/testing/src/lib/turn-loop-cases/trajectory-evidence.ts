import type { RecordedChoice } from '../fake-vllm/recorded-call';

/** The tokenizer of the model that answered, as its worker speaks it. */
export interface CheckingTokenizer {
  /** Control tokens spelled out. */
  detokenize(ids: readonly number[]): Promise<string>;
  /** Ids of control tokens. */
  readonly controlIds: ReadonlySet<number>;
  readonly eosId: number;
}

/** A run of ids that came the same way: all generated in one round, or all appended after it. */
export interface Segment {
  readonly isGenerated: boolean;
  readonly ids: readonly number[];
}

/** One answer with its ids laid out, ready to be judged. */
export interface TrajectoryEvidence {
  readonly text: string;
  readonly stopCause: string;
  readonly promptIds: readonly number[];
  readonly ids: readonly number[];
  readonly mask: readonly number[];
  readonly segments: readonly Segment[];
  /** The ids after the prompt as text, control tokens left out. */
  readonly decoded: string;
  /** What the worker was asked and what it sent, round by round, where that is known. */
  readonly rounds: readonly Pick<RecordedChoice, 'promptIds' | 'sentIds'>[] | null;
  readonly tokenizer: CheckingTokenizer;
  readonly userStops: readonly string[];
  readonly maxModelLen: number | null;
}

export function segmentsOf(ids: readonly number[], mask: readonly number[]): Segment[] {
  const segments: { isGenerated: boolean; ids: number[] }[] = [];
  ids.forEach((id, place) => {
    const isGenerated = mask[place] === 1;
    const last = segments.at(-1);
    if (last?.isGenerated === isGenerated) last.ids.push(id);
    else segments.push({ isGenerated, ids: [id] });
  });
  return segments;
}

export function withoutControlIds(ids: readonly number[], tokenizer: CheckingTokenizer): number[] {
  return ids.filter((id) => !tokenizer.controlIds.has(id));
}
