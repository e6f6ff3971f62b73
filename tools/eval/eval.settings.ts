import { Parameter } from '@interleave/settings';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Max, Min } from 'class-validator';

/** Parameters of `npm run eval`. */
export class EvalSettings {
  @Parameter('string', 'Questions, one JSON object a line: {"id", "question" or "messages" or "prompt", "answer"}')
  @IsString()
  dataset = '';

  @Parameter('string', 'File for the trajectories, one JSON object a line; what it holds already is not asked again')
  @IsString()
  out = 'trajectories.jsonl';

  @Parameter('string', 'Base URL of the API; none: of the system that npm start runs')
  @IsOptional()
  @IsString()
  url?: string;

  @Parameter('string', 'Model to ask; none: the first one that is served')
  @IsOptional()
  @IsString()
  model?: string;

  @Parameter('string', 'Key for the API', { isSecret: true })
  @IsString()
  apiKey = 'any';

  @Parameter('string', 'chat, or text: "prompt" as it is, through /completions')
  @IsIn(['chat', 'text'])
  endpoint: 'chat' | 'text' = 'chat';

  @Parameter('integer', 'Requests at once')
  @IsInt()
  @Min(1)
  @Max(4096)
  concurrency = 16;

  @Parameter('integer', 'Answers to each question')
  @IsInt()
  @Min(1)
  @Max(1024)
  samples = 1;

  @Parameter('string', 'Further fields of every request, as JSON: {"temperature": 0, "interleave": {"token_ids": true}}')
  @IsString()
  body = '{}';

  @Parameter('integer', 'Times that a request is sent before it counts as failed')
  @IsInt()
  @Min(1)
  @Max(100)
  attempts = 6;

  @Parameter('number', 'Seconds that one request may take')
  @IsNumber()
  @Min(1)
  timeout = 900;
}
