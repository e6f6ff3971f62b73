import { Parameter } from '@interleave/settings';
import { IsBoolean, IsIn, IsNumber, IsOptional, IsString, IsUrl, Matches, Max, Min } from 'class-validator';

export const BACKENDS = ['fsdp'] as const;
export const OUTPUT_DTYPES = ['keep', 'float32', 'float16', 'bfloat16'] as const;
export type OutputDtype = (typeof OUTPUT_DTYPES)[number];

const REPOSITORY = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/;

/** Parameters of `npm run publish-model`. */
export class PublishModelSettings {
  @Parameter('string', `What wrote the checkpoint: ${BACKENDS.join(', ')}`)
  @IsIn(BACKENDS, { message: 'only fsdp checkpoints can be read (FSDP 1 and 2); merge others with the tools of verl' })
  backend: (typeof BACKENDS)[number] = 'fsdp';

  @Parameter('string', 'Directory with the shards, model_world_size_W_rank_R.pt: the actor/ of a step')
  @IsString({ message: 'name the directory that holds model_world_size_W_rank_R.pt files' })
  localDir!: string;

  @Parameter('string', 'Directory with config.json and the tokenizer; default: huggingface/ beside the shards')
  @IsOptional()
  @IsString()
  hfModelPath?: string;

  @Parameter('string', 'Directory that the merged model is written to; may be the one of --hf-model-path')
  @IsString({ message: 'name the directory that the merged model is to be written to' })
  targetDir!: string;

  @Parameter('string', 'Repository on the hub, org/name; none: nothing is uploaded')
  @IsOptional()
  @Matches(REPOSITORY, { message: 'a repository is named org/name, with letters, digits, ".", "_" and "-"' })
  hfUploadPath?: string;

  @Parameter('string', 'Directory whose files are uploaded beside the model, as step_records.zip')
  @IsOptional()
  @IsString()
  stepRecords?: string;

  @Parameter('boolean', 'Make the repository private, where it has to be made')
  @IsBoolean()
  private = false;

  @Parameter('boolean', 'Commit to a repository that already holds other files')
  @IsBoolean()
  update = false;

  @Parameter('boolean', 'Check everything, write and send nothing')
  @IsBoolean()
  dryRun = false;

  @Parameter('string', `Type of the merged weights: ${OUTPUT_DTYPES.join(', ')}`)
  @IsIn(OUTPUT_DTYPES)
  dtype: OutputDtype = 'keep';

  @Parameter('number', 'Largest weight file, in GB; a broken upload sends at most about one again')
  @IsNumber()
  @Min(0.0001)
  @Max(45)
  maxShardGb = 2;

  @Parameter('number', 'lora_alpha of an adapter whose run did not write lora_train_meta.json')
  @IsOptional()
  @IsNumber()
  @Min(0)
  loraAlpha?: number;

  @Parameter('boolean', 'Compare names and shapes with what transformers makes of config.json')
  @IsBoolean()
  checkArchitecture = true;

  @Parameter('number', 'Largest model, in GB, that is loaded and run on a few tokens before it is uploaded; 0: none')
  @IsNumber()
  @Min(0)
  forwardPassGb = 4;

  @Parameter('string', 'Python that has torch and transformers; default: an environment made on first use')
  @IsOptional()
  @IsString()
  publishPython?: string;

  @Parameter('string', 'Address of the hub')
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  hfEndpoint = 'https://huggingface.co';

  @Parameter('string', 'Token of the hub that may write', { isSecret: true })
  @IsOptional()
  @IsString()
  hfToken?: string;

  @Parameter('string', "File with the token, as `hf auth login` leaves it; default: token in the hub's home")
  @IsOptional()
  @IsString()
  hfTokenPath?: string;

  @Parameter('string', 'Home of Hugging Face tools; default: ~/.cache/huggingface')
  @IsOptional()
  @IsString()
  hfHome?: string;

  check(): string[] {
    const needsRepository = (['private', 'update'] as const).filter((name) => this[name] && this.hfUploadPath === undefined);
    return needsRepository.map((name) => `--${name} is about a repository: name it with --hf-upload-path org/name.`);
  }
}

/** What it reads from the environment; everything else is a flag. */
export const ENVIRONMENT_NAMES = ['HF_TOKEN', 'HF_TOKEN_FILE', 'HF_TOKEN_PATH', 'HF_HOME', 'HF_ENDPOINT', 'PUBLISH_PYTHON'] as const;
