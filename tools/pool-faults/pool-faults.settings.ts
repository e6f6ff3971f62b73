import { Parameter } from '@interleave/settings';
import { IsArray, IsIn, IsInt, IsNumber, IsOptional, IsString, Max, Min } from 'class-validator';

/** In the order in which they run. */
export const PARTS = ['crash', 'hang', 'drain', 'drain-deadline', 'replace', 'replace-free', 'single'] as const;
export type Part = (typeof PARTS)[number];

/** Parameters of `npm run pool-faults`. */
export class PoolFaultsSettings {
  @Parameter('string', 'llama-worker, or vllm: its CPU build')
  @IsIn(['llama-worker', 'vllm'])
  engine: 'llama-worker' | 'vllm' = 'llama-worker';

  @Parameter('string', 'Command that starts vLLM')
  @IsString()
  vllmCommand = 'vllm serve';

  @Parameter('list', `Parts to run: ${PARTS.join(', ')}; none: all`)
  @IsArray()
  @IsIn(PARTS, { each: true })
  only: Part[] = [];

  @Parameter('integer', 'Clients that ask without a pause')
  @IsInt()
  @Min(1)
  @Max(256)
  clients = 16;

  @Parameter('string', 'Where the calls run: docker, in real sandboxes; fake; auto: docker where an engine answers')
  @IsIn(['auto', 'docker', 'fake'])
  tools: 'auto' | 'docker' | 'fake' = 'auto';

  @Parameter('number', 'Seconds that a worker may drain')
  @IsNumber()
  @Min(1)
  @Max(60)
  drainTimeout = 2;

  @Parameter('integer', 'Questions are drawn from this number')
  @IsInt()
  @Min(0)
  seed = 1;

  @Parameter('integer', 'Minutes after which the run is given up')
  @IsInt()
  @Min(1)
  maxMinutes = 90;

  @Parameter('string', 'File for the figures as JSON')
  @IsOptional()
  @IsString()
  json?: string;
}
