import { ExecuteRequestDto } from '@interleave/contracts';
import type { CreateSessionResponse, ExecutionResult } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import { clientSignal, DrainService } from '@interleave/platform';
import { ToolServerSettings } from '@interleave/settings';
import { Body, Controller, Delete, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { bodyPipe } from '../body-pipe';
import { CallRecorder } from '../metrics/call-recorder';
import type { Session } from './session';
import { SessionRegistry } from './session-registry';
import { toExecutionResult } from './to-execution-result';

@Controller('v1/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionRegistry,
    private readonly settings: ToolServerSettings,
    private readonly drain: DrainService,
    private readonly recorder: CallRecorder,
  ) {}

  @Post()
  async create(@Res({ passthrough: true }) response: Response): Promise<CreateSessionResponse> {
    const signal = clientSignal(response);
    const session = await this.openDraining(signal);
    if (signal.aborted) {
      // The client left while the sandbox was handed over: nobody knows the id.
      await this.sessions.close(session.id);
      throw signal.reason;
    }
    return { session_id: session.id, expires_after_ms: this.sessions.idleTimeoutMs };
  }

  @Post(':id/execute')
  @HttpCode(200)
  async execute(
    @Param('id') id: string,
    @Body(bodyPipe) body: ExecuteRequestDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ExecutionResult> {
    const session = this.sessions.get(id);
    const timeoutMs = this.timeoutMsOf(body.timeout_ms);
    const program = { code: body.code, stdin: body.stdin ?? null, timeoutMs };
    const outcome = await this.recorder.record('session', () => session.execute(program, clientSignal(response)));
    return toExecutionResult(outcome);
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id') id: string): Promise<void> {
    await this.sessions.close(id);
  }

  /** A session is work that a shutdown waits for: the answers in which it is used may go on for a while. */
  private async openDraining(signal: AbortSignal): Promise<Session> {
    const work = this.drain.enter();
    try {
      const opening = AbortSignal.any([signal, work.signal]);
      const session = await this.sessions.open(this.settings.sessionQueueTimeout * 1000, opening);
      void session.ended.then(work.release);
      work.signal.addEventListener('abort', () => void this.sessions.close(session.id), { once: true });
      return session;
    } catch (error) {
      work.release();
      throw error;
    }
  }

  private timeoutMsOf(wanted: number | undefined): number {
    const maxMs = this.settings.maxToolTimeout * 1000;
    if (wanted !== undefined && wanted > maxMs) {
      throw new AppError('invalid_request', `timeout_ms is ${wanted}, but this server allows ${maxMs} at most (MAX_TOOL_TIMEOUT).`, {
        param: 'timeout_ms',
      });
    }
    return Math.ceil(wanted ?? this.settings.toolTimeout * 1000);
  }
}
