import type { FinishReason, StopCause, TokenLogprob, TurnRecord } from '@interleave/turn-engine';
import type { JobEvent } from '../trajectories/trajectory-runner';

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
  readonly turns: TurnRecord[] = [];
  readonly tokenIds: number[] = [];
  readonly lossMask: (0 | 1)[] = [];
  readonly logprobs: (TokenLogprob | null)[] = [];
  private transcript = '';
  private answerStart = 0;

  apply({ event }: JobEvent): void {
    switch (event.type) {
      case 'trajectory-start':
        this.trajectoryId = event.trajectoryId;
        this.promptIds = event.promptIds;
        return;
      case 'turn-start':
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
          this.logprobs.push(event.tokens.logprobs?.[position] ?? null);
        }
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
        return;
      default:
    }
  }

  text(content: 'transcript' | 'answer'): string {
    return content === 'answer' ? this.transcript.slice(this.answerStart).trimStart() : this.transcript;
  }
}
