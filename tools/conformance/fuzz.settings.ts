import { Parameter } from '@interleave/settings';
import { IsInt, IsOptional, Min } from 'class-validator';

/** Parameters of the fuzz run. */
export class FuzzSettings {
  @Parameter('integer', 'Requests to make up, beyond some 1,700 that go through the document place by place')
  @IsInt()
  @Min(100)
  cases = 400;

  @Parameter('integer', 'Seed of the requests; none: a new one, which is printed')
  @IsOptional()
  @IsInt()
  @Min(0)
  seed?: number;
}
