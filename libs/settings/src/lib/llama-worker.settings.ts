import { IsArray, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { Parameter } from './parameter';
import { isLoopback, ServiceSettings } from './service.settings';

/** Parameters of llama-worker. */
export class LlamaWorkerSettings extends ServiceSettings {
  @Parameter('string', 'GGUF file, or a folder that holds one')
  @IsString()
  modelPath = 'models/demo';

  @Parameter('list', 'Names that the model is served under, the first one in answers')
  @IsArray()
  @IsString({ each: true })
  servedModelName: string[] = ['demo'];

  @Parameter('string', 'Address to listen on')
  @IsString()
  workerHost = '127.0.0.1';

  @Parameter('integer', 'Port to listen on')
  @IsInt()
  @Min(0)
  @Max(65_535)
  workerPort = 8200;

  @Parameter('string', 'Key that clients of this worker must send', { isSecret: true })
  @IsOptional()
  @IsString()
  workerApiKey?: string;

  @Parameter('integer', "Context length of one sequence; none: the model's own")
  @IsOptional()
  @IsInt()
  @Min(64)
  maxModelLen?: number;

  @Parameter('integer', 'Sequences served at once')
  @IsInt()
  @Min(1)
  parallelSequences = 16;

  @Parameter('integer', 'Requests waiting for a sequence before more are refused')
  @IsInt()
  @Min(0)
  maxWaitingRequests = 256;

  @Parameter('integer', 'Memory for the cache of all sequences, in MiB; context length or sequences give way')
  @IsInt()
  @Min(1)
  cacheMemoryMib = 1024;

  @Parameter('integer', 'Largest request body, in MiB')
  @IsInt()
  @Min(1)
  bodyLimitMib = 16;

  @Parameter('integer', 'CPU threads at most; 0: as many as cores. A small model takes one in any case')
  @IsInt()
  @Min(0)
  threads = 0;

  @Parameter('integer', 'Model layers kept on a GPU, where one is there')
  @IsInt()
  @Min(0)
  gpuLayers = 0;

  check(): string[] {
    if (isLoopback(this.workerHost) || this.workerApiKey || this.allowAnonymous) return [];
    return [`WORKER_HOST is ${this.workerHost}, which others can reach: set WORKER_API_KEY, or ALLOW_ANONYMOUS=true.`];
  }
}
