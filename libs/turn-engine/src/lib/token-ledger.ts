import type { TokenLogprob } from './ports/model-port';

/** The context of a trajectory as ids: it only ever grows. */
export class TokenLedger {
  private readonly ids: number[];
  private generated = 0;
  private observed = 0;

  constructor(readonly promptIds: readonly number[]) {
    this.ids = [...promptIds];
  }

  get length(): number {
    return this.ids.length;
  }

  /** Ids that the model generated, in all rounds. */
  get generatedCount(): number {
    return this.generated;
  }

  /** Ids of observations and separators. */
  get observedCount(): number {
    return this.observed;
  }

  /** The ids as they are now; the ledger goes on growing without it. */
  snapshot(): readonly number[] {
    return [...this.ids];
  }

  get lastId(): number | undefined {
    return this.ids.at(-1);
  }

  append(tokens: AppendedTokens): void {
    this.ids.push(...tokens.tokenIds);
    if (tokens.isGenerated) this.generated += tokens.tokenCount ?? tokens.tokenIds.length;
    else this.observed += tokens.tokenIds.length;
  }
}

/** Ids that join the context. `isGenerated` is the loss mask: 1 exactly on what the model generated. */
export interface AppendedTokens {
  readonly tokenIds: readonly number[];
  readonly isGenerated: boolean;
  /** Generated tokens, where the ids are not the model's own. */
  readonly tokenCount?: number;
  /** Aligned with `tokenIds`, or null. */
  readonly logprobs: readonly TokenLogprob[] | null;
}
