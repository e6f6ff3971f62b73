import { AppError } from '@interleave/kernel';
import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { WorkerDirectory } from '../workers/worker-directory';
import { ApiKeyGuard } from './clients/api-key.guard';

/** OpenAI's models, with and without `/v1`. Ids may hold slashes. */
@Controller(['v1', ''])
@UseGuards(ApiKeyGuard)
export class ModelsController {
  private readonly created = Math.floor(Date.now() / 1000);

  constructor(private readonly directory: WorkerDirectory) {}

  @Get('models')
  list(): Record<string, unknown> {
    return { object: 'list', data: this.directory.servedNames().map((name) => this.card(name)) };
  }

  @Get('models/*id')
  get(@Param('id') id: string | string[]): Record<string, unknown> {
    const name = [id].flat().join('/');
    if (!this.directory.servedNames().includes(name)) {
      throw new AppError('model_not_found', `The model \`${name}\` does not exist. GET /v1/models lists those that are served.`, {
        param: 'model',
      });
    }
    return this.card(name);
  }

  private card(name: string): Record<string, unknown> {
    const contextLengths = this.directory
      .workers()
      .flatMap((worker) => (worker.served_names.includes(name) && worker.max_model_len ? [worker.max_model_len] : []));
    return {
      id: name,
      object: 'model',
      created: this.created,
      owned_by: 'interleave',
      ...(contextLengths.length > 0 ? { max_model_len: Math.min(...contextLengths) } : {}),
    };
  }
}
