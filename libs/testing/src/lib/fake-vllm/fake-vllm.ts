import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoopbackServer } from '../http/loopback-server';
import { asObject, readJsonBody } from '../http/read-json-body';
import { disconnectSignal, sendJson } from '../http/responses';
import { answerCompletion } from './answer-completion';
import { parseCompletionRequest } from './completion-request';
import type { CompletionRequest } from './completion-request';
import type { FakeScript } from './fake-reply';
import { toReplyTo } from './fake-script';
import type { ReplyTo } from './fake-script';
import { FakeTokenizer } from './fake-tokenizer';
import { renderMetrics } from './fake-metrics';
import { FakeSleepMode } from './fake-sleep-mode';
import type { ClaimedLoad } from './fake-metrics';
import type { RecordedCall } from './recorded-call';
import { detokenize, tokenize } from './tokenize';
import { VllmError } from './vllm-error';

export interface FakeVllmOptions {
  readonly script: FakeScript;
  /** Names the model is served under; the first is its own. Default `demo`. */
  readonly servedNames?: readonly string[];
  /** Default 2048. */
  readonly maxModelLen?: number;
  /** Key that `/v1` asks for; none: everyone is let in. */
  readonly apiKey?: string;
  /** Whether the tokenizer puts `<|begin|>` before a text, as some models do. Default false. */
  readonly addsBegin?: boolean;
  /** False: as servers that only know OpenAI's protocol, it has no `/tokenize` and gives no ids. Default true. */
  readonly speaksTokenIds?: boolean;
  /** Default 0.32.0. Before 0.10.2 it tokenises but gives no ids back, as vLLM. */
  readonly version?: string;
  /** Pace of replies that don't set their own; 0 (default) is as fast as the wire. */
  readonly delayMsPerToken?: number;
  /** Answers of the same pace step together, as those of one batch do. Default false. */
  readonly isInStep?: boolean;
  /** Has vLLM's sleep mode and the routes for it. Default false. */
  readonly hasSleepMode?: boolean;
  /** False keeps no record of calls: for benches, where it would only grow. Default true. */
  readonly isRecording?: boolean;
}

/** An inference server without a model: speaks vLLM's protocol, says what the script says, and remembers what it was asked. */
export class FakeVllm {
  readonly tokenizer = new FakeTokenizer();
  /** Every request so far, in order of arrival. */
  readonly calls: RecordedCall[] = [];
  /** What `/metrics` claims in place of the truth. */
  claimedLoad: ClaimedLoad = {};
  /** What `/health` answers: 200, or 503 as when the engine is dead. */
  isHealthy = true;
  readonly servedNames: readonly string[];
  readonly maxModelLen: number;
  /** Completions being generated now. */
  running = 0;
  readonly sleepMode = new FakeSleepMode();

  private readonly server = new LoopbackServer((request, response) => void this.handle(request, response));
  private replyTo: ReplyTo;
  private promptCount = 0;
  private answerCount = 0;
  private generatedTokens = 0;
  private reopening: NodeJS.Timeout | null = null;

  constructor(private readonly options: FakeVllmOptions) {
    this.servedNames = options.servedNames ?? ['demo'];
    this.maxModelLen = options.maxModelLen ?? 2048;
    this.replyTo = toReplyTo(options.script);
  }

  /** A server that listens already. */
  static async start(options: FakeVllmOptions, port = 0): Promise<FakeVllm> {
    const fake = new FakeVllm(options);
    await fake.server.start(port);
    return fake;
  }

  get url(): string {
    return this.server.url;
  }

  get port(): number {
    return this.server.port;
  }

  get model(): string {
    return this.servedNames[0] ?? 'demo';
  }

  /** Calls of `/v1/completions` and `/v1/chat/completions`. */
  get completions(): readonly RecordedCall[] {
    return this.calls.filter(({ path }) => path === '/v1/completions' || path === '/v1/chat/completions');
  }

  /** Requests that the client left before their answer was complete. */
  get disconnects(): number {
    return this.calls.filter(({ outcome }) => outcome === 'disconnected').length;
  }

  /** From now on another script is played. */
  play(script: FakeScript): void {
    this.replyTo = toReplyTo(script);
  }

  stop(): Promise<void> {
    if (this.reopening) clearTimeout(this.reopening);
    return this.server.stop();
  }

  /** As if the process were gone; open streams are cut. */
  refuseConnections(): Promise<void> {
    return this.server.refuseConnections();
  }

  acceptConnections(): Promise<void> {
    return this.server.acceptConnections();
  }

  private refuseFor(forMs: number): void {
    if (this.reopening) clearTimeout(this.reopening);
    void this.refuseConnections().then(() => {
      this.reopening = setTimeout(() => void this.acceptConnections(), forMs);
    });
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://fake');
    const signal = disconnectSignal(response);
    let record: RecordedCall | null = null;
    try {
      const body = asObject(await readJsonBody(request));
      record = { method: request.method ?? 'GET', path, headers: request.headers, body, choices: [], outcome: 'running' };
      if (this.options.isRecording !== false) this.calls.push(record);
      if (!this.answersOnSleep(record, query, response)) await this.route(record, response, signal);
      if (record.outcome === 'running') record.outcome = signal.aborted ? 'disconnected' : 'finished';
    } catch (error) {
      if (record) record.outcome = 'failed';
      if (!response.headersSent && !response.destroyed) toVllmError(error).send(response);
    }
  }

  /** Whether it was a route of the sleep mode, and is answered. */
  private answersOnSleep({ method, path, body }: RecordedCall, query: URLSearchParams, response: ServerResponse): boolean {
    if (!this.options.hasSleepMode) return false;
    switch (`${method} ${path}`) {
      case 'POST /sleep':
        sendJson(response, 200, this.sleepMode.sleep(query));
        return true;
      case 'POST /wake_up':
        sendJson(response, 200, this.sleepMode.wakeUp(query));
        return true;
      case 'POST /collective_rpc':
        sendJson(response, 200, this.sleepMode.callWorkers(body));
        return true;
      case 'GET /is_sleeping':
        sendJson(response, 200, { is_sleeping: this.sleepMode.level !== null });
        return true;
      default:
        return false;
    }
  }

  private async route(record: RecordedCall, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { method, path, headers, body } = record;
    const { apiKey } = this.options;
    if (apiKey !== undefined && path.startsWith('/v1') && headers['authorization'] !== `Bearer ${apiKey}`) {
      record.outcome = 'failed';
      return sendJson(response, 401, { error: 'Unauthorized' });
    }
    if (this.options.speaksTokenIds === false && /^\/(?:de)?tokenize$/.test(path)) return sendJson(response, 404, { detail: 'Not Found' });
    switch (`${method} ${path}`) {
      case 'POST /v1/completions':
      case 'POST /v1/chat/completions':
        this.requireModel(body);
        return await this.complete(
          parseCompletionRequest(path as CompletionRequest['endpoint'], this.understood(body), this.engine, this.tokenizer),
          record,
          response,
          signal,
        );
      case 'POST /tokenize':
        this.requireModel(body);
        return sendJson(response, 200, tokenize(body, this.engine, this.tokenizer));
      case 'POST /detokenize':
        this.requireModel(body);
        return sendJson(response, 200, detokenize(body, this.tokenizer));
      case 'GET /v1/models':
        return sendJson(response, 200, { object: 'list', data: this.servedNames.map((id) => this.modelCard(id)) });
      case 'GET /health':
        return void response.writeHead(this.isHealthy ? 200 : 503).end();
      case 'GET /version':
        return sendJson(response, 200, { version: this.version });
      case 'GET /metrics':
        return void response
          .writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
          .end(
            renderMetrics(this.model, this.running, this.generatedTokens, this.load) +
              (this.options.hasSleepMode ? this.sleepMode.metrics : ''),
          );
      default:
        record.outcome = 'failed';
        return sendJson(response, 404, { detail: 'Not Found' });
    }
  }

  private async complete(request: CompletionRequest, record: RecordedCall, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const { endpoint, body, prompts, choicesPerPrompt } = request;
    const limits = prompts.map((promptIds) => request.limitsFor(promptIds));
    await this.sleepMode.untilAwake(signal);
    if (signal.aborted) return;
    this.running += 1;
    const { count } = this.sleepMode;
    try {
      const choices = prompts.flatMap((promptIds, place) =>
        Array.from({ length: choicesPerPrompt }, (_, copy) => {
          const choiceIndex = place * choicesPerPrompt + copy;
          const promptText = this.tokenizer.decode(promptIds);
          const reply = this.replyTo({ endpoint, body, promptIds, promptText, choiceIndex, number: this.promptCount++ });
          return { index: choiceIndex, promptIds, limits: limits[place] as (typeof limits)[number], reply };
        }),
      );
      const id = `${endpoint === '/v1/completions' ? 'cmpl' : 'chatcmpl'}-fake-${(this.answerCount += 1)}`;
      const head = { id, created: Math.floor(Date.now() / 1000), model: String(body['model'] ?? this.model) };
      const pace = { delayMsPerToken: this.options.delayMsPerToken ?? 0, isInStep: this.options.isInStep ?? false };
      const { tokenizer, maxModelLen } = this;
      const onTokens = (count: number): void => void (this.generatedTokens += count);
      const isAborted = (): boolean => this.sleepMode.count !== count;
      const refuse = (forMs: number): void => this.refuseFor(forMs);
      const context = {
        head,
        request,
        choices,
        tokenizer,
        maxModelLen,
        pace,
        onTokens,
        isAborted,
        refuse,
        record,
        response,
        signal,
      };
      await answerCompletion(context);
    } finally {
      this.running -= 1;
    }
  }

  private get load(): ClaimedLoad {
    return { waiting: this.sleepMode.waiting, ...this.claimedLoad };
  }

  private understood(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    if (this.options.speaksTokenIds === false) return { ...body, return_token_ids: false, include_stop_str_in_output: false };
    return /^0\.([89]\.|10\.[01])/.test(this.version) ? { ...body, return_token_ids: false } : body;
  }

  private get version(): string {
    return this.options.version ?? '0.32.0';
  }

  private get engine() {
    return { maxModelLen: this.maxModelLen, addsBegin: this.options.addsBegin ?? false };
  }

  private requireModel(body: Readonly<Record<string, unknown>>): void {
    const model = body['model'] ?? this.model;
    if (!this.servedNames.includes(String(model))) throw new VllmError(404, `The model \`${String(model)}\` does not exist.`, 'model');
  }

  private modelCard(id: string) {
    return {
      id,
      object: 'model',
      created: 0,
      owned_by: 'vllm',
      root: this.model,
      parent: null,
      max_model_len: this.maxModelLen,
      permission: [],
    };
  }
}

function toVllmError(error: unknown): VllmError {
  if (error instanceof VllmError) return error;
  if (error instanceof SyntaxError) return new VllmError(400, `JSON decode error: ${error.message}`);
  return new VllmError(500, error instanceof Error ? error.message : String(error));
}
