import type { ServerResponse } from 'node:http';
import { sendJson, startEventStream } from '../http/responses';
import { pause, untilAborted } from '../waiting/pause';
import type { CompletionRequest } from './completion-request';
import { emit } from './emit';
import type { Emission } from './emit';
import type { FakeReply } from './fake-reply';
import type { FakeTokenizer } from './fake-tokenizer';
import type { SamplingLimits } from './generate';
import type { RecordedCall, RecordedChoice } from './recorded-call';
import { renderChunk, renderCompletion, renderUsageChunk } from './render-completion';
import type { AnswerHead, ChoicePart } from './render-completion';
import type { Pace } from './token-pace';
import { contextOverflow, VllmError } from './vllm-error';

/** One choice that is about to be generated. */
export interface PlannedChoice {
  readonly index: number;
  readonly promptIds: readonly number[];
  readonly limits: SamplingLimits;
  readonly reply: FakeReply;
}

export interface AnswerContext {
  readonly head: AnswerHead;
  readonly request: CompletionRequest;
  readonly choices: readonly PlannedChoice[];
  readonly tokenizer: FakeTokenizer;
  readonly pace: Pace;
  readonly maxModelLen: number;
  /** Hears of every token. */
  readonly onTokens: (count: number) => void;
  /** Whether the engine gave up everything that ran, this among it. */
  readonly isAborted: () => boolean;
  /** Makes the server refuse connections for a while. */
  readonly refuse: (forMs: number) => void;
  readonly record: RecordedCall;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

const ENGINE_FAILURE = 'EngineCore encountered an issue. See stack trace (above) for the root cause.';
const PIECE = 'x'.repeat(256 * 1024);
const BROKEN_JSON = '{"id": "cmpl-broken", "choices": [';

/** Generates all choices side by side and writes the answer, faults included. */
export async function answerCompletion(context: AnswerContext): Promise<void> {
  if (!(await reachesFirstByte(context))) return;
  for (const { promptIds } of context.choices) context.record.choices.push({ promptIds, sentIds: [], sentText: '', finishReason: null });
  await (context.request.isStream ? stream(context) : collect(context));
}

async function stream(context: AnswerContext): Promise<void> {
  const { head, request, choices, record, response, tokenizer } = context;
  startEventStream(response);
  await Promise.all(
    choices.map(async (choice, place) => {
      for await (const part of partsOf(context, choice, record.choices[place] as RecordedChoice)) {
        await writeFrame(response, renderChunk(head, part, request, tokenizer));
      }
    }),
  );
  // A client that has seen every finish_reason may leave without waiting for [DONE]: nothing was interrupted.
  const isComplete = record.choices.every(({ finishReason }) => finishReason !== null);
  if (isComplete && record.outcome === 'running') record.outcome = 'finished';
  if (response.destroyed || record.outcome !== 'finished') return;
  const end = choices.find(({ reply }) => reply.fault?.kind === 'cut-after-end' || reply.fault?.kind === 'stall-after-end');
  if (end?.reply.fault?.kind === 'stall-after-end') await untilAborted(context.signal);
  if (end) return void response.socket?.destroy();
  if (request.isUsageIncluded) await writeFrame(response, renderUsageChunk(head, usageOf(context), request));
  response.end('data: [DONE]\n\n');
}

async function collect(context: AnswerContext): Promise<void> {
  const { head, request, choices, record, response, tokenizer } = context;
  const whole = await Promise.all(
    choices.map(async (choice, place) => {
      let merged: ChoicePart = {
        index: choice.index,
        promptIds: choice.promptIds,
        ids: [],
        text: '',
        finish: null,
        textOffset: 0,
        isFirst: true,
        toolCalls: [],
      };
      for await (const part of partsOf(context, choice, record.choices[place] as RecordedChoice)) {
        merged = { ...merged, ids: [...merged.ids, ...part.ids], text: merged.text + part.text, finish: part.finish };
      }
      return merged;
    }),
  );
  if (hasEnded(context)) return;
  record.outcome = 'finished';
  sendJson(response, 200, renderCompletion(head, whole, usageOf(context), request, tokenizer));
}

/** The choice's parts as they are generated; faults of the wire are played here and end it. */
async function* partsOf(
  context: AnswerContext,
  choice: PlannedChoice,
  recorded: RecordedChoice,
): AsyncGenerator<ChoicePart, void, undefined> {
  let isFirst = true;
  for await (const emission of emit(choice.reply, choice.limits, { ...context, promptIds: choice.promptIds })) {
    if (hasEnded(context)) return;
    if (emission.kind !== 'chunk') {
      await playFault(emission, context);
      continue;
    }
    const textOffset = recorded.sentText.length;
    recorded.sentIds.push(...emission.ids);
    context.onTokens(emission.ids.length);
    recorded.sentText += emission.text;
    recorded.finishReason = emission.finish?.reason ?? null;
    const toolCalls = emission.finish ? (choice.reply.toolCalls ?? []) : [];
    yield { ...emission, index: choice.index, promptIds: choice.promptIds, textOffset, isFirst, toolCalls };
    isFirst = false;
  }
}

/** False when the answer ends before its headers. */
async function reachesFirstByte({ choices, response, record, signal, refuse, maxModelLen }: AnswerContext): Promise<boolean> {
  for (const { reply } of choices) {
    const fault = reply.fault;
    if (fault?.kind === 'status') {
      record.outcome = 'failed';
      if (fault.retryAfterSeconds !== undefined) response.setHeader('retry-after', fault.retryAfterSeconds);
      new VllmError(fault.status, fault.message ?? ENGINE_FAILURE, fault.param).send(response);
      return false;
    }
    if (fault?.kind === 'context-error') throw contextOverflow(maxModelLen, maxModelLen, null);
    if (fault?.kind === 'stall-before-headers') {
      await untilAborted(signal);
      return false;
    }
    if (fault?.kind === 'refuse') {
      record.outcome = 'failed';
      refuse(fault.forMs);
      return false;
    }
    if (fault?.kind === 'hang-up') {
      record.outcome = 'failed';
      response.socket?.destroy();
      return false;
    }
    if (fault?.kind === 'slow-first-byte' && !(await pause(fault.delayMs, signal))) return false;
  }
  return true;
}

async function playFault(fault: Exclude<Emission, { kind: 'chunk' }>, { request, response, record }: AnswerContext): Promise<void> {
  if (fault.kind === 'malformed-frame' && request.isStream) {
    await write(response, `data: ${BROKEN_JSON}\n\n`);
    return;
  }
  record.outcome = 'failed';
  if (fault.kind === 'cut') {
    response.socket?.destroy();
  } else if (fault.kind === 'wrong-json') {
    if (request.isStream) response.end('data: {"choices": [{"index": 0, "text": 7}]}\n\ndata: [DONE]\n\n');
    else sendJson(response, 200, { choices: 7 });
  } else if (fault.kind === 'huge-frame') {
    await write(response, 'data: ');
    for (let sent = 0; sent < fault.bytes && !response.destroyed; sent += PIECE.length) await write(response, PIECE);
    response.end();
  } else if (request.isStream) {
    await writeFrame(response, new VllmError(500, ENGINE_FAILURE).body);
    response.end('data: [DONE]\n\n');
  } else if (fault.kind === 'malformed-frame') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(BROKEN_JSON);
  } else {
    new VllmError(500, ENGINE_FAILURE).send(response);
  }
}

/** Whether nothing more can be written: a fault ended the answer, or the client went away. */
function hasEnded({ response, record, signal }: AnswerContext): boolean {
  return signal.aborted || record.outcome !== 'running' || response.writableEnded || response.destroyed;
}

function writeFrame(response: ServerResponse, frame: unknown): Promise<void> {
  return write(response, `data: ${JSON.stringify(frame)}\n\n`);
}

/** Kept once the bytes have left, or never can: so a cut that follows doesn't take back what was sent. */
function write(response: ServerResponse, text: string): Promise<void> {
  // Node keeps what is written once the other side has closed, and says nothing of it any more.
  if (!response.socket?.writable) return Promise.resolve();
  return new Promise((resolve) => response.write(text, () => resolve()));
}

function usageOf({ request, record }: AnswerContext) {
  const promptTokens = request.prompts.reduce((sum, prompt) => sum + prompt.length, 0);
  const completionTokens = record.choices.reduce((sum, { sentIds }) => sum + sentIds.length, 0);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: null,
  };
}
