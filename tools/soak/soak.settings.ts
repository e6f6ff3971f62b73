import { Parameter } from '@interleave/settings';
import { IsArray, IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, Max, Min } from 'class-validator';

export const SOAK_PARTS = ['sessions', 'live', 'restore'] as const;
export type SoakPart = (typeof SOAK_PARTS)[number];

/** Parameters of `npm run soak`. */
export class SoakSettings {
  @Parameter('list', `Parts to run, of ${SOAK_PARTS.join(', ')}; none: all`)
  @IsArray()
  @IsIn(SOAK_PARTS, { each: true })
  only: SoakPart[] = [];

  @Parameter('integer', 'sessions: how many, one after another')
  @IsInt()
  @Min(1)
  sessions = 10_000;

  @Parameter('integer', 'sessions: how many at once')
  @IsInt()
  @Min(1)
  @Max(64)
  inFlight = 8;

  @Parameter('integer', 'live: sessions at once; 0: as many as the memory budget allows')
  @IsInt()
  @Min(0)
  live = 0;

  @Parameter('integer', 'live: sessions that wait for one of them to end')
  @IsInt()
  @Min(0)
  @Max(10_000)
  waiting = 1000;

  @Parameter('integer', 'restore: random programs that end in an endless loop')
  @IsInt()
  @Min(0)
  programs = 200;

  @Parameter('integer', 'restore: random programs that end in a crash')
  @IsInt()
  @Min(0)
  crashes = 40;

  @Parameter('integer', 'restore: number that the programs follow from')
  @IsInt()
  seed = 1;

  @Parameter('string', 'restore: checkpoint policy of the server: off, auto or always')
  @IsIn(['off', 'auto', 'always'])
  checkpoint = 'auto';

  @Parameter('number', 'Minutes after which it is given up')
  @IsNumber()
  @Min(1)
  minutes = 60;

  @Parameter('string', 'JSON file for the figures')
  @IsOptional()
  @IsString()
  json?: string;

  @Parameter('boolean', 'A look at whether everything works: 200 sessions, 8 live ones and 40 waiting, 18 programs')
  @IsBoolean()
  quick = false;
}
