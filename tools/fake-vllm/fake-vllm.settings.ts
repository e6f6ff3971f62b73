import { Parameter } from '@interleave/settings';
import { IsBoolean, IsInt, IsNumber, IsOptional, IsString, Max, Min } from 'class-validator';

/** Parameters of the fake vLLM as a program. */
export class FakeVllmSettings {
  @Parameter('integer', 'Port on 127.0.0.1; 0: a free one')
  @IsInt()
  @Min(0)
  @Max(65_535)
  port = 0;

  @Parameter('string', 'Name that the model is served under')
  @IsString()
  model = 'demo';

  @Parameter('string', 'JSON file that says what the model says; none: it plays the demo model for questions with two numbers')
  @IsOptional()
  @IsString()
  script?: string;

  @Parameter('string', 'JSON list of faults, which strike prompts in turn: [{"kind": "cut", "afterTokens": 4}]')
  @IsOptional()
  @IsString()
  faults?: string;

  @Parameter('integer', 'Every so-many-th prompt is struck')
  @IsInt()
  @Min(1)
  faultEvery = 10;

  @Parameter('integer', 'Tokens that a context holds')
  @IsInt()
  @Min(16)
  maxModelLen = 2048;

  @Parameter('number', 'Tokens per second of one sequence; 0: as fast as the wire')
  @IsNumber()
  @Min(0)
  tokensPerSecond = 0;

  @Parameter('boolean', 'All sequences step together, as those of one batch do; else each has its own beat')
  @IsBoolean()
  inStep = false;

  @Parameter('boolean', "Has vLLM's sleep mode: POST /sleep, POST /wake_up, GET /is_sleeping")
  @IsBoolean()
  enableSleepMode = false;

  @Parameter('string', 'Key that /v1 asks for; none: everyone is let in', { isSecret: true })
  @IsOptional()
  @IsString()
  apiKey?: string;
}
