import { Parameter } from '@interleave/settings';
import { IsArray, IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, Max, Min } from 'class-validator';

/** What is measured of the tool server alone, in the order in which it is done. */
export const TOOL_SERVER_PARTS = [
  'floor',
  'same-session',
  'new-session',
  'stateless',
  'checkpoint',
  'output',
  'peers',
  'crowd',
  'run-slots',
  'reuse',
  'runsc',
] as const;
export type ToolServerPart = (typeof TOOL_SERVER_PARTS)[number];

export const PARTS = [...TOOL_SERVER_PARTS, 'turn-loop', 'turn-loop-sandbox', 'streams', 'paced', 'realistic', 'vllm-streams'] as const;
export type Part = (typeof PARTS)[number];

/** Names for several parts at once. */
export const GROUPS: Readonly<Record<string, readonly Part[]>> = { 'tool-server': TOOL_SERVER_PARTS };
const NAMES = [...PARTS, ...Object.keys(GROUPS)];

/** Parameters of `npm run bench`. */
export class BenchSettings {
  @Parameter('list', `Parts to run, of ${NAMES.join(', ')}; none: all that this machine can run`)
  @IsArray()
  @IsIn(NAMES, { each: true })
  only: string[] = [];

  @Parameter('string', 'JSON file for the figures')
  @IsOptional()
  @IsString()
  json?: string;

  @Parameter('number', 'Seconds per measurement, all its rounds together')
  @IsNumber()
  @Min(0.3)
  @Max(120)
  seconds = 6;

  @Parameter('integer', 'Rounds per measurement, in which the variants of a part take turns; figures are medians of the rounds')
  @IsInt()
  @Min(1)
  @Max(20)
  rounds = 3;

  @Parameter('integer', 'Clients at once at most; rows with more are left out')
  @IsInt()
  @Min(1)
  maxClients = 256;

  @Parameter('integer', 'Streams at once in the part streams')
  @IsInt()
  @Min(1)
  @Max(8000)
  streams = 2000;

  @Parameter('string', 'Command of vLLM for the part vllm-streams, as "vllm serve"; by the environment, VLLM_COMMAND')
  @IsOptional()
  @IsString()
  vllmCommand?: string;

  @Parameter('string', 'URL of a vLLM that somebody runs already, in place of that')
  @IsOptional()
  @IsString()
  workerUrl?: string;

  @Parameter('string', 'Its API key; by the environment, WORKER_KEY', { isSecret: true })
  @IsOptional()
  @IsString()
  workerKey?: string;

  @Parameter('boolean', 'A look at whether everything works: one short round, eight clients at most')
  @IsBoolean()
  quick = false;
}
