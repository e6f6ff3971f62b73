import { isAppError, toAppError } from '@interleave/kernel';
import type { ServerResponse } from 'node:http';
import { DrainService, openEventStream, sendJson, toErrorBody } from '@interleave/platform';
import type { EventStream, Exchange } from '@interleave/platform';
import type { PinoLogger } from 'nestjs-pino';
import { newId } from '../new-id';
import type { GatewayMetrics } from '../trajectories/gateway-metrics';
import type { JobListener, JobProgress, TrajectoryRunner } from '../trajectories/trajectory-runner';
import type { AnswerFormat } from './answer-format';
import type { ClientQuota } from './clients/client-quota';
import { ChoiceFold } from './choice-fold';
import type { ParsedRequest } from './parse-completion-request';
import { toPlainAnswer } from './plain-answer';
import { namingField } from './naming-field';
import { StreamedAnswer } from './streamed-answer';

/** Silence on a stream longer than this is filled with a comment, so that nothing on the way gives the connection up. */
const PING_AFTER_MS = 10_000;

/** Runs a request and writes its answer, plain or streamed. */
export class AnswerService {
  constructor(
    private readonly runner: TrajectoryRunner,
    private readonly drain: DrainService,
    private readonly quota: ClientQuota,
    private readonly metrics: GatewayMetrics,
    private readonly log: PinoLogger,
  ) {}

  /** @param clientName whose key it came with */
  async answer(format: AnswerFormat, request: ParsedRequest, clientName: string, { response, signal: client }: Exchange): Promise<void> {
    const { job } = request;
    const answers = job.prompts.length * job.n;
    const work = this.drain.enter(client);
    let leaveQuota: (() => void) | null = null;
    const progress: JobProgress = { hasRunTool: false };
    const stopTimer = this.metrics.requestSeconds.startTimer({ route: format.route });
    const startedAt = performance.now();
    let outcome = 'ok';
    try {
      leaveQuota = this.quota.enter(clientName, answers);
      const run = (listener: JobListener): Promise<void> => this.runner.run(job, progress, listener, work.signal);
      if (request.answer.isStreamed) outcome = await this.stream(format, request, run, response, work.signal);
      else await this.plain(format, request, run, response);
    } catch (error) {
      const { code } = toAppError(error);
      outcome = client.aborted ? 'cancelled' : code;
      if (client.aborted) return;
      if (progress.hasRunTool && !response.headersSent) response.setHeader('x-should-retry', 'false');
      throw namingField(error, job);
    } finally {
      leaveQuota?.();
      work.release();
      stopTimer({ outcome });
      this.log.info({
        event: 'request',
        request_id: response.getHeader('x-request-id'),
        route: format.route,
        client: clientName,
        // A name that nothing is served under is the client's text.
        model: outcome === 'model_not_found' ? null : job.model,
        choices: answers,
        is_streamed: request.answer.isStreamed,
        outcome,
        duration_ms: Math.round(performance.now() - startedAt),
      });
    }
  }

  private async plain(format: AnswerFormat, request: ParsedRequest, run: JobRun, response: ServerResponse): Promise<void> {
    const choices = newChoices(request);
    await run((event) => {
      choices[event.index]?.apply(event);
      return undefined;
    });
    sendJson(response, 200, toPlainAnswer(format, newEnvelope(format), request, choices));
  }

  /** Nothing is sent before the first sign of life, so that an early error still gets its status. */
  private async stream(
    format: AnswerFormat,
    request: ParsedRequest,
    run: JobRun,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<string> {
    const choices = newChoices(request);
    const answer = new StreamedAnswer(format, newEnvelope(format), request);
    let stream: EventStream | null = null;
    const held: Record<string, unknown>[] = [];
    const open = (): EventStream => {
      if (stream !== null) return stream;
      stream = openEventStream(response, signal);
      for (const chunk of held) stream.push(JSON.stringify(chunk));
      return stream;
    };
    const pinging = setInterval(() => open().ping(), PING_AFTER_MS).unref();
    const listener: JobListener = (event) => {
      pinging.refresh();
      const choice = choices[event.index];
      if (!choice) return undefined;
      choice.apply(event);
      const chunks = answer.chunksOf(event, choice);
      if (event.event.type === 'trajectory-start' && stream === null) {
        held.push(...chunks);
        return undefined;
      }
      let sent: Promise<void> | undefined;
      for (const chunk of chunks) sent = open().send(JSON.stringify(chunk));
      return sent;
    };
    try {
      await run(listener);
      if (request.answer.includeUsage) await open().send(JSON.stringify(answer.usageChunk(choices)));
      await open().send('[DONE]');
      open().end();
      return 'ok';
    } catch (error) {
      const opened = stream as EventStream | null;
      if (opened === null || signal.aborted) {
        opened?.end();
        throw error;
      }
      const appError = toAppError(error);
      if (!isAppError(error)) this.log.error({ event: 'stream-failed', err: error });
      await opened.send(JSON.stringify(toErrorBody(namingField(appError, request.job))));
      await opened.send('[DONE]');
      opened.end();
      return appError.code;
    } finally {
      clearInterval(pinging);
    }
  }
}

/** Runs the job of a request and tells of it. */
type JobRun = (listener: JobListener) => Promise<void>;

function newEnvelope(format: AnswerFormat): { id: string; created: number } {
  return { id: newId(format.idPrefix), created: Math.floor(Date.now() / 1000) };
}

function newChoices({ job }: ParsedRequest): ChoiceFold[] {
  return Array.from({ length: job.prompts.length * job.n }, () => new ChoiceFold());
}
