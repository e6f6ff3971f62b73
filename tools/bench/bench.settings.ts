import { Parameter } from '@interleave/settings';
import { IsArray, IsIn, IsNumber, IsOptional, IsString, Max, Min } from 'class-validator';

export const PARTS = ['tool-call', 'turn-loop', 'turn-loop-sandbox'] as const;
export type Part = (typeof PARTS)[number];

/** Parameters of `npm run bench`. */
export class BenchSettings {
  @Parameter('list', `Parts to run, of ${PARTS.join(', ')}; none: all that this machine can run`)
  @IsArray()
  @IsIn(PARTS, { each: true })
  only: Part[] = [];

  @Parameter('string', 'JSON file for the figures')
  @IsOptional()
  @IsString()
  out?: string;

  @Parameter('number', 'Seconds per measurement')
  @IsNumber()
  @Min(0.5)
  @Max(120)
  seconds = 6;
}
