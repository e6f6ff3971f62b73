import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../harness/random';
import type { Answer, AskDemo } from './ask-demo';
import type { CountedTools, RunCount } from './counted-tools';
import { drawQuestion } from './known-question';
import type { KnownQuestion } from './known-question';
import { isWavering } from './wavering';

/** Answers of each client before something happens to the workers, and after all is well again. */
const CALM_ANSWERS = 2;
const LOOK_EVERY_MS = 50;

export interface LoadReport extends RunCount {
  readonly requests: number;
  readonly failures: readonly string[];
  readonly wrong: readonly string[];
  /** Answers that are the same in calm, or of a model that wavers: its own mistakes. */
  readonly ownMistakes: number;
  /** Programs that the answers name. */
  readonly namedRuns: number;
  readonly medianMs: number;
  readonly slowestMs: number;
  readonly longestSilenceMs: number;
}

/** Clients that ask without a pause, half of the answers streamed. */
export class Load {
  private readonly answers: { readonly question: KnownQuestion; readonly answer: Answer; readonly client: number }[] = [];
  private readonly asking: Promise<void>[];
  private isStopping = false;

  private constructor(
    private readonly gateway: AskDemo,
    private readonly tools: CountedTools,
    private readonly clients: number,
    seed: number,
  ) {
    tools.take();
    this.asking = Array.from({ length: clients }, (_, client) => this.ask(client, new Random(seed * 1000 + client)));
  }

  /** Does something to the workers under load. What comes back was measured from before it until some answers after it. */
  static async around(
    gateway: AskDemo,
    tools: CountedTools,
    { clients, seed }: { readonly clients: number; readonly seed: number },
    act: () => Promise<void>,
  ): Promise<LoadReport> {
    const load = new Load(gateway, tools, clients, seed);
    try {
      await load.untilEachHas(CALM_ANSWERS, 0);
      await act();
      await load.untilEachHas(CALM_ANSWERS, performance.now());
    } finally {
      load.isStopping = true;
      await Promise.all(load.asking);
    }
    return load.report();
  }

  private async ask(client: number, random: Random): Promise<void> {
    for (let isStreamed = client % 2 === 0; !this.isStopping; isStreamed = !isStreamed) {
      const question = drawQuestion(random);
      const answer = await this.gateway.ask(question, isStreamed);
      this.answers.push({ question, answer, client });
      // One that is refused at once must not be asked ten thousand times.
      if (answer.failure !== null) await sleep(500);
    }
  }

  /** Failures count as well: a part that breaks everything has an end, too. */
  private async untilEachHas(count: number, sinceMs: number): Promise<void> {
    const hasEnough = (client: number): boolean =>
      this.answers.filter((one) => one.client === client && one.answer.startedAtMs >= sinceMs).length >= count;
    while (!Array.from({ length: this.clients }, (_, client) => client).every(hasEnough)) await sleep(LOOK_EVERY_MS);
  }

  private async report(): Promise<LoadReport> {
    const count = this.tools.take();
    const wrong: string[] = [];
    let ownMistakes = 0;
    for (const { question, answer } of this.answers) {
      if (answer.failure !== null || (answer.text === question.transcript && answer.calls === question.calls)) continue;
      const calm = await this.gateway.weighed(question);
      const isTheSame = calm.text === answer.text && calm.calls === answer.calls;
      if (isTheSame || isWavering(answer.text, calm)) ownMistakes += 1;
      else
        wrong.push(
          `${question.text} (${answer.calls} calls) was answered ${JSON.stringify(answer.text)}, in calm ${JSON.stringify(calm.text)}`,
        );
    }
    this.tools.take();
    const tookMs = this.answers.map(({ answer }) => answer.tookMs).sort((one, other) => one - other);
    return {
      ...count,
      requests: this.answers.length,
      failures: this.answers.flatMap(({ answer }) => answer.failure ?? []),
      wrong,
      ownMistakes,
      namedRuns: this.answers.reduce((sum, { answer }) => sum + answer.calls, 0),
      medianMs: tookMs[Math.floor(tookMs.length / 2)] ?? 0,
      slowestMs: tookMs.at(-1) ?? 0,
      longestSilenceMs: Math.max(0, ...this.answers.map(({ answer }) => answer.silentMs ?? 0)),
    };
  }
}
