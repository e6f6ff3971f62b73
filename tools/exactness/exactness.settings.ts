import { Parameter } from '@interleave/settings';
import { IsInt, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';

/** Parameters of `npm run exactness`. */
export class ExactnessSettings {
  @Parameter('integer', 'Trajectories to run')
  @IsInt()
  @Min(1)
  @Max(100_000)
  trajectories = 500;

  @Parameter('integer', 'How many at once')
  @IsInt()
  @Min(1)
  @Max(64)
  inFlight = 8;

  @Parameter('integer', 'What is drawn at random follows from this number')
  @IsInt()
  @Min(0)
  seed = 1;

  @Parameter('string', 'URL of a worker that serves the demo model as "demo", such as vLLM; none: llama-worker is started')
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true })
  workerUrl?: string;

  @Parameter('string', 'API key of that worker', { isSecret: true })
  @IsOptional()
  @IsString()
  workerKey?: string;

  @Parameter('integer', 'Of a hundred rounds, how many are cut off on their way from the worker, at any byte; the others come in bursts')
  @IsInt()
  @Min(0)
  @Max(50)
  cuts = 0;

  @Parameter('string', 'JSON Lines file for the trajectories, to be recomputed by tools/exactness/recompute.py')
  @IsOptional()
  @IsString()
  out?: string;
}
