import type { RecordedChoice } from '../fake-vllm/recorded-call';
import { segmentsOf, withoutControlIds } from './trajectory-evidence';
import type { CheckingTokenizer, TrajectoryEvidence } from './trajectory-evidence';
import { TRAJECTORY_PROPERTIES } from './trajectory-properties';
import type { TrajectoryResponse } from './trajectory-response';
import { contextGrows, maskIsExact, textIsDecoding } from './token-statements';
import type { CaseEngine, TurnLoopCase, TurnLoopExpectation } from './turn-loop-case';

type Round = Pick<RecordedChoice, 'promptIds' | 'sentIds'>;

export interface TrajectoryCheck {
  readonly goldenCase: TurnLoopCase;
  readonly engine: CaseEngine;
  /** The gateway's plain JSON answer. */
  readonly response: TrajectoryResponse;
  readonly tokenizer: CheckingTokenizer;
  /** What the workers were asked and what they sent, of all workers together; null where nobody recorded it. */
  readonly rounds: readonly Round[] | null;
}

/**
 * Judges an answer by its golden vector and by the three statements of token accounting: P1 the context only grows, P2 the text is the decoding
 * of the ids, P3 the mask is 1 exactly on what the model generated. Returns a sentence per violation, none if all is well.
 */
export async function checkTrajectory(check: TrajectoryCheck): Promise<string[]> {
  const [choice] = check.response.choices;
  const interleave = choice?.interleave;
  if (!choice || !interleave) return ['the answer has no choice with an interleave object'];
  const { prompt_token_ids: promptIds, token_ids: ids, loss_mask: mask } = interleave;
  if (!promptIds || !ids || !mask) return ['the interleave object lacks prompt_token_ids, token_ids or loss_mask'];
  if (ids.length !== mask.length) return [`loss_mask has ${mask.length} entries for ${ids.length} ids`];
  const { goldenCase, tokenizer } = check;
  const evidence: TrajectoryEvidence = {
    text: choice.text ?? choice.message?.content ?? '',
    stopCause: interleave.stop_cause,
    promptIds,
    ids,
    mask,
    segments: segmentsOf(ids, mask),
    decoded: await tokenizer.detokenize(withoutControlIds(ids, tokenizer)),
    rounds: check.rounds && [...check.rounds].sort(byPlaceInContext),
    tokenizer,
    userStops: [goldenCase.request['stop'] ?? []].flat() as string[],
    maxModelLen: check.engine === 'fake' ? (goldenCase.worker?.max_model_len ?? 2048) : null,
  };
  const { expect } = goldenCase;
  const properties = [...(expect.properties ?? []), ...(check.engine === 'fake' ? (expect.fake_properties ?? []) : [])];
  const ofProperties = await Promise.all(
    properties.map(async (name) => {
      const violation = await TRAJECTORY_PROPERTIES[name](evidence);
      return violation && `${name}: ${violation}`;
    }),
  );
  return [
    ...outcomeViolations(check.response, expect),
    ...textViolations(evidence.text, expect),
    ...turnViolations(interleave.turns, expect),
    ...countViolations(evidence, expect),
    ...alignmentViolations(check.response, evidence),
    contextGrows(evidence),
    await textIsDecoding(evidence),
    maskIsExact(evidence),
    ...ofProperties,
  ].filter((violation) => violation !== null);
}

/** A round that was lost before its first token comes before the one that repeated it. */
function byPlaceInContext(a: Round, b: Round): number {
  return a.promptIds.length - b.promptIds.length || a.sentIds.length - b.sentIds.length;
}

function outcomeViolations({ choices: [choice] }: TrajectoryResponse, expect: TurnLoopExpectation): (string | null)[] {
  const calls = choice?.interleave?.tool_calls;
  return [
    oneOf('finish_reason', choice?.finish_reason, expect.finish_reason),
    oneOf('stop_cause', choice?.interleave?.stop_cause, expect.stop_cause),
    expect.tool_calls !== undefined && calls !== expect.tool_calls ? `tool_calls is ${calls}, not ${expect.tool_calls}` : null,
  ];
}

function textViolations(text: string, expect: TurnLoopExpectation): (string | null)[] {
  return [
    ...(expect.text ?? []).map((pattern) =>
      matches(text, pattern) ? null : `the text doesn't match /${pattern}/: ${JSON.stringify(text)}`,
    ),
    ...(expect.text_not ?? []).map((pattern) => (matches(text, pattern) ? `the text matches /${pattern}/: ${JSON.stringify(text)}` : null)),
  ];
}

function turnViolations(turns: readonly object[], expect: TurnLoopExpectation): (string | null)[] {
  return (expect.turns ?? []).flatMap((wanted, place) =>
    Object.entries(wanted).map(([field, pattern]) => {
      const value: unknown = Reflect.get(turns[place] ?? {}, field);
      return typeof value === 'string' && matches(value, pattern)
        ? null
        : `turns[${place}].${field} is ${JSON.stringify(value)}, not /${pattern}/`;
    }),
  );
}

function countViolations(evidence: TrajectoryEvidence, expect: TurnLoopExpectation): (string | null)[] {
  const { mask, segments, tokenizer, promptIds, maxModelLen } = evidence;
  const generated = mask.filter((bit) => bit === 1).length;
  const observations = segments.filter(({ isGenerated }) => !isGenerated);
  const longest = Math.max(0, ...observations.map(({ ids }) => ids.length));
  const controlTokens = observations.flatMap(({ ids }) => ids.filter((id) => tokenizer.controlIds.has(id))).length;
  const lastObservationEnd = promptIds.length + mask.lastIndexOf(0) + 1;
  return [
    differs('generated tokens', generated, expect.generated_tokens),
    differs('control tokens in observations', controlTokens, expect.control_tokens_in_observations),
    roomViolation(maxModelLen, lastObservationEnd, expect.room_left_after_observation),
    expect.observation_tokens_at_most !== undefined && longest > expect.observation_tokens_at_most
      ? `an observation takes ${longest} tokens, more than ${expect.observation_tokens_at_most}`
      : null,
    maxModelLen !== null && promptIds.length + mask.length > maxModelLen ? `the context outgrew its ${maxModelLen} tokens` : null,
  ];
}

/** Usage and logprobs agree with ids and mask. */
function alignmentViolations({ choices: [choice], usage }: TrajectoryResponse, { promptIds, mask }: TrajectoryEvidence): (string | null)[] {
  const logprobs = choice?.interleave?.logprobs;
  return [
    usage ? differs('usage.prompt_tokens', usage.prompt_tokens, promptIds.length) : null,
    usage ? differs('usage.completion_tokens', usage.completion_tokens, mask.filter((bit) => bit === 1).length) : null,
    logprobs && (logprobs.length !== mask.length || logprobs.some((logprob, place) => (logprob !== null) !== (mask[place] === 1)))
      ? 'logprobs are not given exactly where the mask is 1'
      : null,
  ];
}

function roomViolation(maxModelLen: number | null, usedTokens: number, wanted: readonly [number, number] | undefined): string | null {
  if (maxModelLen === null || wanted === undefined) return null;
  const room = maxModelLen - usedTokens;
  const [least, most] = wanted;
  return room >= least && room <= most ? null : `${room} tokens are left after the observation instead of ${least} to ${most}`;
}

function oneOf(what: string, value: unknown, allowed: readonly string[]): string | null {
  return allowed.includes(String(value)) ? null : `${what} is ${String(value)}, not ${allowed.join(' or ')}`;
}

function differs(what: string, value: number, wanted: number | undefined): string | null {
  return wanted === undefined || value === wanted ? null : `${what}: ${value} instead of ${wanted}`;
}

function matches(text: string, pattern: string): boolean {
  return new RegExp(pattern, 'u').test(text);
}
