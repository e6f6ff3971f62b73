import { IsArray, IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, IsUrl, Matches, Max, Min, ValidateIf } from 'class-validator';
import { Parameter } from './parameter';
import { isLoopback, ServiceSettings } from './service.settings';

/** Parameters of model-pool. */
export class ModelPoolSettings extends ServiceSettings {
  @Parameter('string', 'Address model-pool listens on')
  @IsString()
  poolHost = '127.0.0.1';

  @Parameter('integer', 'Port of model-pool')
  @IsInt()
  @Min(0)
  @Max(65_535)
  poolPort = 8100;

  @Parameter(
    'string',
    'Model: "demo", a local folder or GGUF file, organisation/name on the Hugging Face hub, or hf:organisation/name:Q4_K_M for a GGUF file there',
  )
  @IsString()
  modelPath = 'demo';

  @Parameter('string', 'YAML file with several deployments, each with the parameters it sets; those set here are what it leaves out')
  @IsOptional()
  @IsString()
  deployments?: string;

  @Parameter('list', 'Further names that the model is served under')
  @IsArray()
  @IsString({ each: true })
  modelAliases: string[] = [];

  @Parameter('integer', 'Copies of the model; 0: none here, only EXTERNAL_WORKERS')
  @IsInt()
  @Min(0)
  numModels = 1;

  @Parameter('integer', 'Copies that there are at least, whatever is asked; 0: none while nobody asks; none: NUM_MODELS')
  @IsOptional()
  @IsInt()
  @Min(0)
  minModels?: number;

  @Parameter('integer', 'Copies that there are at most, as many as are asked for and fit; none: NUM_MODELS')
  @IsOptional()
  @IsInt()
  @Min(0)
  maxModels?: number;

  @Parameter('number', 'Seconds that requests wait on every copy before there is one more, up to MAX_MODELS')
  @IsNumber()
  @Min(0.1)
  scaleUpAfter = 2;

  @Parameter('number', 'Seconds with fewer requests than copies before there is one less, down to MIN_MODELS')
  @IsNumber()
  @Min(1)
  scaleDownAfter = 300;

  @Parameter('number', 'Seconds that a busy model keeps its devices while another one waits for them')
  @IsNumber()
  @Min(1)
  swapAfter = 30;

  @Parameter('integer', 'Devices that share one copy')
  @IsInt()
  @Min(1)
  tensorParallelSize = 1;

  @Parameter('string', 'auto: vLLM where a GPU and vLLM are there, else llama-worker; vllm; llama-worker')
  @IsIn(['auto', 'vllm', 'llama-worker'])
  engine: 'auto' | 'vllm' | 'llama-worker' = 'auto';

  @Parameter('string', 'Command that starts vLLM')
  @IsString()
  vllmCommand = 'vllm serve';

  @Parameter('string', 'How workers are started: process, or container (Docker; only where model-pool itself runs outside of one)')
  @IsIn(['process', 'container'])
  launcher: 'process' | 'container' = 'process';

  @Parameter('string', 'Image of workers in containers; none: vllm/vllm-openai for vLLM, interleave/model-pool for llama-worker')
  @IsOptional()
  @Matches(/^[\w][\w.\-/:@]{0,254}$/)
  workerImage?: string;

  @Parameter('string', 'User of workers in containers, as UID or UID:GID; none: the one of model-pool')
  @IsOptional()
  @Matches(/^\d{1,10}(:\d{1,10})?$/)
  workerUser?: string;

  @Parameter('number', 'GiB of shared memory of a worker in a container: the processes of tensor parallel workers talk through it')
  @IsNumber()
  @Min(0.0625)
  @Max(1024)
  workerSharedMemory = 8;

  @Parameter(
    'string',
    'What workers in containers keep between starts, such as compiled kernels: a folder, or the name of a Docker volume; none: nothing',
  )
  @IsOptional()
  @IsString()
  workerCache?: string;

  @Parameter('list', 'Names of further environment variables that workers in containers get, with the values that model-pool has')
  @IsArray()
  @Matches(/^[A-Za-z_][A-Za-z0-9_]*$/, { each: true })
  workerEnvironment: string[] = [];

  @Parameter('list', 'Further arguments for the engine, as a JSON array')
  @IsArray()
  @IsString({ each: true })
  engineArguments: string[] = [];

  @Parameter('number', 'Share of GPU memory that vLLM takes')
  @IsNumber()
  @Min(0.05)
  @Max(1)
  gpuMemoryUtilization = 0.9;

  @Parameter('integer', "Context length; none: the model's own")
  @IsOptional()
  @IsInt()
  @Min(64)
  maxModelLen?: number;

  @Parameter('string', "Number format of the weights in vLLM; none: the engine's choice")
  @IsOptional()
  @IsString()
  dtype?: string;

  @Parameter('boolean', 'Let vLLM be put to sleep and woken, which needs GPUs; opens its development routes on WORKER_HOST')
  @IsBoolean()
  enableSleepMode = false;

  @Parameter('integer', "GiB for vLLM's KV cache where it runs without a GPU")
  @IsInt()
  @Min(1)
  vllmCpuKvcacheSpace = 1;

  @Parameter('string', 'GPUs that may be used, by index or UUID, as CUDA has it; none: all')
  @IsOptional()
  @IsString()
  cudaVisibleDevices?: string;

  @Parameter('string', 'Address of the hub that models come from')
  @ValidateIf(({ hfEndpoint }: ModelPoolSettings) => hfEndpoint !== '')
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  hfEndpoint = 'https://huggingface.co';

  @Parameter('string', 'Folder for what comes from the hub; none: ~/.cache/huggingface')
  @IsOptional()
  @IsString()
  hfHome?: string;

  @Parameter('string', 'Folder for models from the hub; none: hub in HF_HOME')
  @IsOptional()
  @IsString()
  hfHubCache?: string;

  @Parameter('boolean', 'Leave the hub alone: only models that are in the cache')
  @IsBoolean()
  hfHubOffline = false;

  @Parameter('string', 'Token for models that the hub does not give to everybody; none: the one of `hf auth login`', { isSecret: true })
  @IsOptional()
  @IsString()
  hfToken?: string;

  @Parameter('boolean', 'Let vLLM run code that comes with a model')
  @IsBoolean()
  trustRemoteCode = false;

  @Parameter('list', 'URLs of workers that someone else runs: probed and published, never started or stopped')
  @IsArray()
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] }, { each: true })
  externalWorkers: string[] = [];

  @Parameter('string', 'API key for those workers', { isSecret: true })
  @IsOptional()
  @IsString()
  externalWorkerKey?: string;

  @Parameter('string', 'Address that workers bind to')
  @IsString()
  workerHost = '127.0.0.1';

  @Parameter('string', 'Host under which gateways reach the workers; none: the one they bind to')
  @IsOptional()
  @IsString()
  workerAdvertisedHost?: string;

  @Parameter('string', 'Folder for worker records and logs')
  @IsString()
  stateDirectory = '.interleave';

  @Parameter('integer', 'Sequences that one llama-worker serves at once')
  @IsInt()
  @Min(1)
  parallelSequences = 16;

  @Parameter('number', 'Seconds that a worker may take to become ready; none: ten minutes, and more for a large model')
  @IsOptional()
  @IsNumber()
  @Min(1)
  startTimeout?: number;

  @Parameter('number', 'Seconds that a worker may take to end before it is killed')
  @IsNumber()
  @Min(0.1)
  stopTimeout = 15;

  @Parameter('number', 'Seconds that an engine may take to fall asleep once it is idle, or to wake up with its weights in memory')
  @IsNumber()
  @Min(0.1)
  sleepTimeout = 120;

  @Parameter('number', 'Seconds between two probes of a ready worker')
  @IsNumber()
  @Min(0.1)
  probeInterval = 5;

  @Parameter('number', 'Seconds that a worker may take to answer a probe')
  @IsNumber()
  @Min(0.1)
  probeTimeout = 10;

  @Parameter('integer', 'Probes that fail in a row before a ready worker is restarted')
  @IsInt()
  @Min(1)
  probeFailures = 5;

  @Parameter('number', 'Seconds before a crashed worker is started again; doubles with each further crash')
  @IsNumber()
  @Min(0.01)
  restartDelay = 1;

  @Parameter('integer', 'Crashes in a row after which a worker is still started again')
  @IsInt()
  @Min(0)
  maxRestarts = 5;

  /** Copies at least and at most; one number where nothing but NUM_MODELS is said. */
  get copies(): { readonly min: number; readonly max: number } {
    const { numModels, minModels = numModels, maxModels = numModels } = this;
    return { min: minModels, max: maxModels };
  }

  check(): string[] {
    const complaints: string[] = [];
    const { min, max } = this.copies;
    if (min > max) complaints.push(`MIN_MODELS (${min}) is above MAX_MODELS (${max}): lower the first or raise the second.`);
    else if (this.numModels < min || this.numModels > max) {
      complaints.push(
        `NUM_MODELS (${this.numModels}) must be from MIN_MODELS (${min}) to MAX_MODELS (${max}): so many copies there are to begin with.`,
      );
    }
    if (!isLoopback(this.poolHost) && !this.serviceToken && !this.allowAnonymous) {
      complaints.push(
        `POOL_HOST is ${this.poolHost}, which others can reach: set SERVICE_TOKEN, or ALLOW_ANONYMOUS=true if everyone may manage workers.`,
      );
    }
    return complaints;
  }
}
