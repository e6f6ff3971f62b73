import { ExecuteRequestDto } from '@interleave/contracts';
import type { CreateSessionResponse, ExecutionResult } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';
import { clientSignal, DrainService } from '@interleave/platform';
import { ToolServerSettings } from '@interleave/settings';
import { Body, Controller, Delete, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { bodyPipe } from '../body-pipe';
import { CallRecorder } from '../metrics/call-recorder';
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
    const work = this.drain.enter();
    try {
      const signal = AbortSignal.any([clientSignal(response), work.signal]);
      const { id } = await this.sessions.open(this.settings.sessionQueueTimeout * 1000, signal);
      if (signal.aborted) {
        // The client left while the sandbox was handed over: nobody knows the id.
        await this.sessions.close(id);
        throw signal.reason;
      }
      return { session_id: id, expires_after_ms: this.sessions.idleTimeoutMs };
    } finally {
      work.release();
    }
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
