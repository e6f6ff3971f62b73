import type { FinishReason, StopCause, TokenLogprob, ToolCall, TurnRecord } from '@interleave/turn-engine';
import { newCallId } from '../new-id';
import type { JobEvent } from '../trajectories/trajectory-runner';

/** A call of a function of the client, as OpenAI writes it. */
export interface ClientCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

/** What is known of a generated token, and where it stands in the answer's text. */
export interface PlacedLogprob extends TokenLogprob {
  readonly offset: number;
}

/** One choice of the answer, as far as its events have come. */
export class ChoiceFold {
  trajectoryId = '';
  promptIds: readonly number[] = [];
  finishReason: FinishReason = 'stop';
  stopCause: StopCause | null = null;
  toolCalls = 0;
  generatedTokens = 0;
  observedTokens = 0;
  /** Tokens that later rounds sent again. */
  resentTokens = 0;
  speaksTokenIds = true;
  /** The sandbox session that stays for a follow-up. */
  sessionId: string | null = null;
  /** Functions that the client is to call. */
  readonly clientCalls: ClientCall[] = [];
  readonly turns: TurnRecord[] = [];
  /** Where in the ids each round begins, and when it did (in seconds). */
  readonly rounds: { readonly start: number; readonly createdAt: number }[] = [];
  readonly tokenIds: number[] = [];
  readonly lossMask: (0 | 1)[] = [];
  readonly logprobs: (TokenLogprob | null)[] = [];
  private transcript = '';
  private answerStart = 0;
  /** Where each token stands in the transcript, for those that have logprobs; and where the next one will. */
  private readonly offsets: number[] = [];
  private nextOffset = 0;
  /** Tokens before the answer. */
  private tokensBeforeAnswer = 0;

  apply({ event }: JobEvent): void {
    switch (event.type) {
      case 'trajectory-start':
        this.trajectoryId = event.trajectoryId;
        this.promptIds = event.promptIds;
        this.speaksTokenIds = event.speaksTokenIds;
        return;
      case 'session-kept':
        this.sessionId = event.sessionId;
        return;
      case 'turn-start':
        this.rounds.push({ start: this.tokenIds.length, createdAt: Date.now() / 1000 });
        this.nextOffset = this.transcript.length;
        if (event.turn > 1) this.resentTokens += this.promptIds.length + this.tokenIds.length;
        return;
      case 'text-delta':
        this.transcript += event.text;
        if (event.source === 'observation') this.answerStart = this.transcript.length;
        return;
      case 'tokens-appended':
        for (const [position, id] of event.tokens.tokenIds.entries()) {
          this.tokenIds.push(id);
          this.lossMask.push(event.tokens.isGenerated ? 1 : 0);
          const entry = event.tokens.logprobs?.[position] ?? null;
          this.logprobs.push(entry);
          this.offsets.push(this.nextOffset);
          this.nextOffset += entry?.token.length ?? 0;
        }
        if (!event.tokens.isGenerated) this.tokensBeforeAnswer = this.tokenIds.length;
        return;
      case 'turn-end':
        this.turns.push(event.record);
        return;
      case 'trajectory-end':
        this.finishReason = event.finishReason;
        this.stopCause = event.stopCause;
        this.toolCalls = event.toolCalls;
        this.generatedTokens = event.generatedTokens;
        this.observedTokens = event.observedTokens;
        this.clientCalls.push(...event.clientCalls.map(toClientCall));
        return;
      default:
    }
  }

  /** Logprobs of generated tokens, each with its place in the text that `text(content)` gives. */
  placedLogprobs(content: 'transcript' | 'answer'): PlacedLogprob[] {
    if (content === 'transcript') return this.placed(0, 0);
    const answer = this.transcript.slice(this.answerStart);
    return this.placed(this.tokensBeforeAnswer, this.answerStart + answer.length - answer.trimStart().length);
  }

  /** Those of the last tokens that came. */
  lastPlacedLogprobs(count: number): PlacedLogprob[] {
    return this.placed(this.tokenIds.length - count, 0);
  }

  private placed(firstToken: number, start: number): PlacedLogprob[] {
    return this.logprobs.slice(firstToken).flatMap((entry, index) => {
      const offset = this.offsets[firstToken + index] ?? 0;
      return entry === null ? [] : [{ ...entry, offset: Math.max(0, offset - start) }];
    });
  }

  text(content: 'transcript' | 'answer'): string {
    return content === 'answer' ? this.transcript.slice(this.answerStart).trimStart() : this.transcript;
  }
}

function toClientCall({ name, arguments: values }: ToolCall): ClientCall {
  return { id: newCallId(), type: 'function', function: { name, arguments: JSON.stringify(values) } };
}
