import type { ProgramKind, TrajectoryCase } from './trajectory-cases';

/** The part of the gateway's answer that counts here. */
export interface TrajectoryAnswer {
  readonly choices: readonly {
    readonly finish_reason: string;
    readonly message: { readonly content: string };
    readonly interleave: { readonly turns: readonly AnswerTurn[] };
  }[];
}

interface AnswerTurn {
  readonly code: string | null;
  readonly output: string | null;
  readonly status: string | null;
  readonly wall_ms: number | null;
  readonly queued_ms: number | null;
  readonly call_ms: number | null;
}

/** One tool call as the gateway saw it. Times in milliseconds. */
export interface SeenCall {
  readonly kind: ProgramKind;
  /** All of it. */
  readonly callMs: number;
  /** Waiting for a run slot. */
  readonly queuedMs: number;
  /** The program itself. */
  readonly wallMs: number;
}

export interface CheckedAnswer {
  readonly calls: readonly SeenCall[];
  /** Programs that the sandbox ended for their time: none of them takes long. */
  readonly timeouts: number;
  /** What is not as it should be; null: all is. */
  readonly wrong: string | null;
}

/** Compares each call, and the answer, with what the case says. */
export function checkAnswer({ steps, answer }: TrajectoryCase, { choices: [choice] }: TrajectoryAnswer): CheckedAnswer {
  const turns = (choice?.interleave.turns ?? []).filter(({ code }) => code !== null);
  const calls = turns.flatMap((turn, place): SeenCall[] => {
    const step = steps[place];
    return step === undefined || turn.call_ms === null
      ? []
      : [{ kind: step.kind, callMs: turn.call_ms, queuedMs: turn.queued_ms ?? 0, wallMs: turn.wall_ms ?? 0 }];
  });
  const wrongTurn = turns.find((turn, place) => {
    const step = steps[place];
    return turn.status !== step?.status || turn.output?.trim().split('\n').at(-1) !== step?.output;
  });
  const isComplete = choice?.finish_reason === 'stop' && turns.length === steps.length && choice.message.content.endsWith(answer);
  const timeouts = turns.filter(({ status }) => status === 'timeout').length;
  if (wrongTurn !== undefined) return { calls, timeouts, wrong: `a call came to ${JSON.stringify(wrongTurn).slice(0, 300)}` };
  return { calls, timeouts, wrong: isComplete ? null : `an answer was ${JSON.stringify(choice ?? null).slice(0, 300)}` };
}
