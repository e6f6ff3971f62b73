import { continuing } from '../fake-vllm/fake-script';
import type { FakeVllm, FakeVllmOptions } from '../fake-vllm/fake-vllm';
import type { RecordedChoice } from '../fake-vllm/recorded-call';
import type { TurnLoopCase } from './turn-loop-case';

/** The fake workers that a golden vector needs. Several share one script, so that it doesn't matter which one a round goes to. */
export function caseWorkers(goldenCase: TurnLoopCase): FakeVllmOptions[] {
  const { copies = 1, max_model_len: maxModelLen = 2048, adds_begin: addsBegin = false } = goldenCase.worker ?? {};
  const script = copies > 1 ? continuing(goldenCase.rounds) : goldenCase.rounds;
  return Array.from({ length: copies }, () => ({ script, maxModelLen, addsBegin }));
}

/** All that the workers were asked and sent, for `checkTrajectory`. */
export function recordedRounds(workers: readonly FakeVllm[]): RecordedChoice[] {
  return workers.flatMap(({ completions }) => completions.flatMap(({ choices }) => choices));
}
