import { Parameter } from '@interleave/settings';
import { IsArray, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { RUNTIMES } from './cases/hostile-case';
import type { RuntimeName } from './cases/hostile-case';

/** Parameters of `npm run test:hostile`. */
export class HostileSettings {
  @Parameter('list', `Runtimes to attack, of ${RUNTIMES.join(', ')}; none: all`)
  @IsArray()
  @IsIn(RUNTIMES, { each: true })
  runtime: RuntimeName[] = [];

  @Parameter('list', 'Rows or cases to run, with * for any text: A1,C*,G6.2; none: all')
  @IsArray()
  @Matches(/^[A-Z*][\w*.]*$/, { each: true, message: 'only takes names such as A1, C* or G6.2' })
  only: string[] = [];

  @Parameter('integer', 'Attacks at once, each in a sandbox of its own')
  @IsInt()
  @Min(1)
  @Max(16)
  lanes = 3;

  @Parameter('string', 'JSON file for the results')
  @IsOptional()
  @IsString()
  json?: string;
}
