import { createHash } from 'node:crypto';
import type { AskService } from './ask-service';
import type { Question } from './dataset';
import { isRight } from './grade';
import type { Progress } from './progress-bar';
import { TrajectoryFile } from './trajectory-file';

export interface EvalPlan {
  readonly questions: readonly Question[];
  readonly samples: number;
  readonly concurrency: number;
  readonly endpoint: 'chat' | 'text';
  /** Fields of every request, `model` among them. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly out: string;
}

export interface EvalOutcome {
  readonly progress: Progress;
  readonly failures: readonly { readonly id: string; readonly sample: number; readonly reason: string }[];
}

interface Answer {
  readonly choices: readonly {
    readonly text?: string;
    readonly message?: { readonly content: string | null };
    readonly finish_reason: string | null;
    readonly interleave?: unknown;
  }[];
  readonly usage?: unknown;
}

/** Asks every question that the file has no answer to yet. What fails is left out of the file, so that the same command tries it again. */
export async function runEval(
  plan: EvalPlan,
  service: AskService,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<EvalOutcome> {
  const run = runIdOf(plan);
  const file = TrajectoryFile.open(plan.out, run);
  const jobs = plan.questions.flatMap((question) => Array.from({ length: plan.samples }, (_, sample) => ({ question, sample })));
  const left = jobs.filter(({ question, sample }) => !file.has(question.id, sample));
  const resumed = jobs.length - left.length;
  const startedAt = performance.now();
  const failures: { id: string; sample: number; reason: string }[] = [];
  let done = resumed;
  const progress = (): Progress => ({
    done,
    total: jobs.length,
    resumed,
    ...file.score,
    failed: failures.length,
    elapsedMs: performance.now() - startedAt,
  });
  onProgress(progress());
  const lane = async (): Promise<void> => {
    for (let job = left.shift(); job && !signal.aborted; job = left.shift()) {
      const { question, sample } = job;
      try {
        file.append(await ask(plan, service, question, sample, run, signal));
        done += 1;
      } catch (error) {
        if (signal.aborted) return;
        failures.push({ id: question.id, sample, reason: error instanceof Error ? error.message : String(error) });
      }
      onProgress(progress());
    }
  };
  await Promise.all(Array.from({ length: Math.min(plan.concurrency, jobs.length) }, lane));
  return { progress: progress(), failures };
}

async function ask(plan: EvalPlan, service: AskService, question: Question, sample: number, run: string, signal: AbortSignal) {
  const { body, endpoint } = plan;
  const seed = typeof body['seed'] === 'number' ? { seed: body['seed'] + sample } : {};
  const startedAt = performance.now();
  const path = endpoint === 'chat' ? '/chat/completions' : '/completions';
  const { choices, usage = null } = (await service.ask('POST', path, { ...body, ...seed, ...question.input }, signal)) as Answer;
  const [choice] = choices;
  if (!choice) throw new Error('the answer holds no choice');
  const text = choice.text ?? choice.message?.content ?? '';
  return {
    id: question.id,
    sample,
    run,
    text,
    answer: question.answer,
    is_right: question.answer === null ? null : isRight(text, question.answer),
    finish_reason: choice.finish_reason,
    interleave: choice.interleave ?? null,
    usage,
    wall_ms: Math.round(performance.now() - startedAt),
  };
}

function runIdOf({ body, endpoint }: EvalPlan): string {
  return createHash('sha256')
    .update(JSON.stringify([endpoint, body]))
    .digest('hex')
    .slice(0, 16);
}
