import type { VllmModelCard } from '@interleave/contracts';
import { Controller, Get, Param } from '@nestjs/common';
import { InferenceEngine } from '../engine/inference-engine';
import { ServedModels } from '../http/served-models';

const VERSION = '0.1.0';

@Controller()
export class ModelsController {
  private readonly created = Math.floor(Date.now() / 1000);

  constructor(
    private readonly engine: InferenceEngine,
    private readonly models: ServedModels,
  ) {}

  @Get('v1/models')
  list(): { readonly object: 'list'; readonly data: readonly VllmModelCard[] } {
    return { object: 'list', data: this.models.names.map((name) => this.card(name)) };
  }

  @Get('v1/models/*name')
  one(@Param('name') name: string | readonly string[]): VllmModelCard {
    return this.card(this.models.resolve(typeof name === 'string' ? name : name.join('/')));
  }

  @Get('version')
  version(): { readonly version: string; readonly engine: string } {
    return { version: VERSION, engine: 'llama-worker' };
  }

  private card(name: string): VllmModelCard {
    return {
      id: name,
      object: 'model',
      created: this.created,
      owned_by: 'interleave',
      root: this.models.names[0] ?? name,
      parent: null,
      max_model_len: this.engine.facts.maxModelLen,
      max_running: this.engine.maxRunning,
    };
  }
}
