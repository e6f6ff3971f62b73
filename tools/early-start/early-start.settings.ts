import { Parameter } from '@interleave/settings';
import { IsIn, IsInt, Max, Min } from 'class-validator';

/** Parameters of `npm run early-start`. */
export class EarlyStartSettings {
  @Parameter('string', 'Where the calls run: docker, in real sandboxes, or fake')
  @IsIn(['docker', 'fake'])
  sandbox: 'docker' | 'fake' = 'docker';

  @Parameter('integer', 'Trajectories of each kind, one after another; each makes two calls')
  @IsInt()
  @Min(1)
  @Max(1000)
  trajectories = 15;

  @Parameter('integer', 'Milliseconds that a call takes')
  @IsInt()
  @Min(0)
  @Max(10_000)
  callMs = 200;

  @Parameter('integer', 'Milliseconds that the engine goes on with its round after the block has closed')
  @IsInt()
  @Min(0)
  @Max(10_000)
  afterBlockMs = 300;
}
