import { assertNever } from '@interleave/kernel';
import type { ModelSource } from './model-source';
import type { VllmVersion } from './vllm-version';

export interface EngineRequest {
  readonly engine: 'auto' | 'vllm' | 'llama-worker';
  readonly modelPath: string;
  readonly vllmCommand: string;
}

export interface EngineFacts {
  readonly hasGpu: boolean;
  /** Whether the first word of the vLLM command is a program that can be run. */
  readonly hasVllm: boolean;
  /** Null where it can't be told. */
  readonly vllmVersion: VllmVersion | null;
  readonly model: ModelSource;
}

/** The engine with the files it is to load, or a sentence that says what to do. */
export type EngineChoice =
  | { readonly kind: 'chosen'; readonly engine: 'vllm' | 'llama-worker'; readonly model: string }
  | { readonly kind: 'impossible'; readonly problem: string };

/** `auto` takes vLLM where a GPU, vLLM and weights that it reads are there, else llama-worker where there is a GGUF file. */
export function chooseEngine(request: EngineRequest, facts: EngineFacts): EngineChoice {
  const { model } = facts;
  if (model.kind === 'missing') {
    return impossible(
      `MODEL_PATH is "${model.path}", which is no file or folder here and no Hugging Face id such as Qwen/Qwen2.5-Math-1.5B.`,
    );
  }
  if (model.kind === 'unusable') return impossible(model.problem);
  const isHubForm = model.kind === 'hub' && model.gguf === null;
  const vllmModel = model.kind === 'hub' ? (isHubForm ? request.modelPath : null) : model.folder;
  const ggufFile = model.kind === 'local' ? model.ggufFile : isHubForm ? null : request.modelPath;
  switch (request.engine) {
    case 'vllm':
      if (!facts.hasVllm) return impossible(`ENGINE is vllm, but ${noProgram(request.vllmCommand)}`);
      if (vllmModel === null && ggufFile !== null)
        return impossible(
          `ENGINE is vllm, which reads folders and repositories in Hugging Face form, and ${request.modelPath} is a GGUF file: set ENGINE=llama-worker, or MODEL_PATH to the model it was made from.`,
        );
      return vllmModel === null ? nothingToLoad(request.modelPath) : { kind: 'chosen', engine: 'vllm', model: vllmModel };
    case 'llama-worker':
      if (ggufFile === null)
        return impossible(
          `ENGINE is llama-worker, which needs a GGUF file, and ${request.modelPath} is none: set MODEL_PATH to one, on the hub such as hf:organisation/name-GGUF:Q4_K_M.`,
        );
      return { kind: 'chosen', engine: 'llama-worker', model: ggufFile };
    case 'auto': {
      if (facts.hasGpu && facts.hasVllm && vllmModel !== null) return { kind: 'chosen', engine: 'vllm', model: vllmModel };
      if (ggufFile !== null) return { kind: 'chosen', engine: 'llama-worker', model: ggufFile };
      if (vllmModel === null) return nothingToLoad(request.modelPath);
      const missing = facts.hasGpu ? noProgram(request.vllmCommand) : 'this machine has no GPU that is visible to it.';
      return impossible(
        `${request.modelPath} needs vLLM and a GPU, and ${missing} Set MODEL_PATH to a GGUF file for llama-worker, or ENGINE=vllm to run vLLM's CPU build.`,
      );
    }
    default:
      return assertNever(request.engine);
  }
}

function impossible(problem: string): EngineChoice {
  return { kind: 'impossible', problem };
}

function nothingToLoad(modelPath: string): EngineChoice {
  return impossible(`MODEL_PATH is "${modelPath}", a folder with neither a config.json nor a GGUF file in it.`);
}

function noProgram(command: string): string {
  return `VLLM_COMMAND is "${command}", and there is no program "${command.trim().split(/\s+/)[0] ?? ''}": install vLLM, or set VLLM_COMMAND.`;
}
