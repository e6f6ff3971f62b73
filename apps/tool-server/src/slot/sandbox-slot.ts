import { AppError, Deferred } from '@interleave/kernel';
import {
  CallCollector,
  encodeExecutePayload,
  encodeFrame,
  encodePutFilePayload,
  FileCollector,
  FrameDecoder,
  HostFrame,
  parseHello,
  parseRevoked,
  SandboxFrame,
} from '@interleave/sandbox';
import type {
  ExecuteCommand,
  ExecutionOutcome,
  FileAnswer,
  Frame,
  Hello,
  OutputListener,
  Revocation,
  SessionFile,
} from '@interleave/sandbox';
import type { SandboxChannel } from './sandbox-channel';

/** A supervisor that has not answered this long after the last moment at which it should have, is not waited for. */
const ANSWER_MARGIN_MS = 15_000;
const FILE_TIMEOUT_MS = 30_000;
const MAX_DIAGNOSTICS_BYTES = 4096;
const NO_PAYLOAD = new Uint8Array(0);

/** What the next frames are expected to be; any other frame is a violation. */
type Expectation =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'hello'; readonly answer: Deferred<Hello> }
  | {
      readonly kind: 'pong' | 'wiped' | 'revoked';
      readonly callId: number;
      readonly answer: Pick<Deferred<unknown>, 'reject'>;
      readonly accept: (payload: Uint8Array) => void;
    }
  | { readonly kind: 'call'; readonly collector: CallCollector; readonly answer: Deferred<ExecutionOutcome> }
  | { readonly kind: 'file'; readonly collector: FileCollector; readonly answer: Deferred<FileAnswer> };

/**
 * One sandbox and the conversation with its supervisor. Whatever goes wrong in it — a byte that doesn't belong there, silence,
 * the end of the stream — loses the slot: every wait fails, and it is never used again.
 */
export class SandboxSlot {
  private readonly decoder = new FrameDecoder();
  private readonly lostSignal = new Deferred<AppError>();
  private expectation: Expectation = { kind: 'nothing' };
  private channel: SandboxChannel | null = null;
  private lossReason: AppError | null = null;
  private lastCallId = 0;
  private diagnostics = '';

  /** Resolves, never rejects, when the slot can't be used any more. */
  get lost(): Promise<AppError> {
    return this.lostSignal.promise;
  }

  get isLost(): boolean {
    return this.lossReason !== null;
  }

  /** Of the container or process that it is; null before there is one. */
  get channelId(): string | null {
    return this.channel?.id ?? null;
  }

  /** What the sandbox wrote to its stderr, for the log. */
  get lastDiagnostics(): string {
    return this.diagnostics;
  }

  attach(channel: SandboxChannel): void {
    this.channel = channel;
  }

  onOutput(bytes: Uint8Array): void {
    if (this.lossReason) return;
    try {
      for (const frame of this.decoder.push(bytes)) this.onFrame(frame);
    } catch (error) {
      this.lose(error instanceof AppError ? error : new AppError('internal', 'A frame could not be handled.', { cause: error }));
    }
  }

  onDiagnostics(bytes: Uint8Array): void {
    this.diagnostics = (this.diagnostics + new TextDecoder().decode(bytes)).slice(-MAX_DIAGNOSTICS_BYTES);
  }

  onClosed(): void {
    this.lose(new AppError('sandbox_unavailable', `The sandbox ended. ${this.diagnostics}`.trim()));
  }

  /** Waits until the supervisor has imported what it imports. To be called before the container starts. */
  hello(timeoutMs: number): Promise<Hello> {
    const answer = new Deferred<Hello>();
    return this.expect({ kind: 'hello', answer }, answer, timeoutMs);
  }

  ping(timeoutMs: number): Promise<void> {
    return this.ask('pong', HostFrame.ping, timeoutMs, ignorePayload);
  }

  /** Kills what runs, removes all files, verifies. */
  wipe(timeoutMs: number): Promise<void> {
    return this.ask('wiped', HostFrame.wipe, timeoutMs, ignorePayload);
  }

  /**
   * Runs a program to its end. When the signal aborts, the program is interrupted, then killed, and the promise rejects with the
   * signal's reason once it has ended.
   * @throws AppError `sandbox_unavailable` or `protocol_violation` when the slot is lost meanwhile
   */
  async execute(command: ExecuteCommand, signal: AbortSignal, onOutput?: OutputListener): Promise<ExecutionOutcome> {
    signal.throwIfAborted();
    const callId = this.nextCallId();
    const answer = new Deferred<ExecutionOutcome>();
    const collector = new CallCollector(callId, command.maxOutputBytes, onOutput);
    const patienceMs = command.timeoutMs + command.graceMs + ANSWER_MARGIN_MS;
    const outcome = this.expect({ kind: 'call', collector, answer }, answer, patienceMs);
    this.send(HostFrame.execute, callId, encodeExecutePayload(command));
    const cancel = () => this.send(HostFrame.cancel, callId, NO_PAYLOAD);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const ended = await outcome;
      signal.throwIfAborted();
      return ended;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /**
   * Writes a file of the working directory, or replaces it. Like the other three, it can't be interrupted; it is a matter of milliseconds.
   * @throws AppError `not_found`, `invalid_request`, `payload_too_large` or `conflict` when the sandbox refuses, with its reason
   */
  async putFile(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.askFiles(HostFrame.putFile, encodePutFilePayload(path, bytes), 0, signal);
  }

  /** @throws AppError as `putFile`; `payload_too_large` also for a file of more than `maxBytes` */
  async getFile(path: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const { bytes } = await this.askFiles(HostFrame.getFile, new TextEncoder().encode(path), maxBytes, signal);
    if (!bytes)
      throw new AppError('payload_too_large', `The file has more than ${maxBytes} bytes, which is as much as can be read.`, {
        param: 'path',
      });
    return bytes;
  }

  async listFiles(signal: AbortSignal): Promise<{ readonly files: readonly SessionFile[]; readonly isTruncated: boolean }> {
    return this.askFiles(HostFrame.listFiles, NO_PAYLOAD, 0, signal);
  }

  /** @throws AppError as `putFile` */
  async deleteFile(path: string, signal: AbortSignal): Promise<void> {
    await this.askFiles(HostFrame.deleteFile, new TextEncoder().encode(path), 0, signal);
  }

  /** Makes the last call, which must have been revocable and have ended, as if it had never run. */
  revoke(): Promise<Revocation> {
    return this.ask('revoked', HostFrame.revoke, ANSWER_MARGIN_MS, parseRevoked);
  }

  lose(reason: AppError): void {
    if (this.lossReason) return;
    this.lossReason = reason;
    const { expectation } = this;
    this.expectation = { kind: 'nothing' };
    if (expectation.kind !== 'nothing') expectation.answer.reject(reason);
    this.channel?.detach();
    this.lostSignal.resolve(reason);
  }

  private onFrame(frame: Frame): void {
    const { expectation } = this;
    switch (expectation.kind) {
      case 'nothing':
        throw new AppError('protocol_violation', `The sandbox sent a frame of type ${frame.type} that nobody asked for.`);
      case 'hello':
        if (frame.type !== SandboxFrame.hello) throw unexpected(frame, 'hello');
        return this.settle(() => expectation.answer.resolve(parseHello(frame.payload)));
      case 'pong':
      case 'wiped':
      case 'revoked':
        if (frame.type !== SandboxFrame[expectation.kind] || frame.callId !== expectation.callId) throw unexpected(frame, expectation.kind);
        return this.settle(() => expectation.accept(frame.payload));
      case 'call': {
        const outcome = expectation.collector.accept(frame);
        if (outcome) this.settle(() => expectation.answer.resolve(outcome));
        return;
      }
      case 'file': {
        const answer = expectation.collector.accept(frame);
        if (answer) this.settle(() => expectation.answer.resolve(answer));
      }
    }
  }

  private settle(resolve: () => void): void {
    resolve();
    this.expectation = { kind: 'nothing' };
  }

  /** A question that one frame answers; `read` throws for a payload that is none. */
  private ask<Answer>(
    kind: 'pong' | 'wiped' | 'revoked',
    type: number,
    timeoutMs: number,
    read: (payload: Uint8Array) => Answer,
  ): Promise<Answer> {
    const callId = this.nextCallId();
    const answer = new Deferred<Answer>();
    const accept = (payload: Uint8Array) => answer.resolve(read(payload));
    const answered = this.expect({ kind, callId, answer, accept }, answer, timeoutMs);
    this.send(type, callId, NO_PAYLOAD);
    return answered;
  }

  private async askFiles(type: number, payload: Uint8Array, maxBytes: number, signal: AbortSignal): Promise<FileAnswer> {
    signal.throwIfAborted();
    const callId = this.nextCallId();
    const answer = new Deferred<FileAnswer>();
    const answered = this.expect({ kind: 'file', collector: new FileCollector(callId, maxBytes), answer }, answer, FILE_TIMEOUT_MS);
    this.send(type, callId, payload);
    const { refusal, ...rest } = await answered;
    if (refusal) throw new AppError(refusal.code, refusal.message, { param: 'path' });
    return { refusal, ...rest };
  }

  private async expect<Result>(expectation: Expectation, answer: Deferred<Result>, timeoutMs: number): Promise<Result> {
    if (this.lossReason) throw this.lossReason;
    if (this.expectation.kind !== 'nothing') throw new AppError('internal', 'A sandbox was asked for two things at once.');
    this.expectation = expectation;
    const timer = setTimeout(() => {
      this.lose(new AppError('sandbox_unavailable', `The sandbox did not answer within ${timeoutMs} ms (${expectation.kind}).`));
    }, timeoutMs);
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  private send(type: number, callId: number, payload: Uint8Array): void {
    if (!this.lossReason) this.channel?.write(encodeFrame({ type, callId, payload }));
  }

  private nextCallId(): number {
    this.lastCallId = (this.lastCallId + 1) % 2 ** 32;
    return this.lastCallId;
  }
}

function ignorePayload(): void {
  return;
}

function unexpected(frame: Frame, wanted: string): AppError {
  return new AppError('protocol_violation', `The sandbox sent a frame of type ${frame.type} instead of ${wanted}.`);
}
