import { availableParallelism } from 'node:os';
import { AppError } from '@interleave/kernel';
import type { LlamaWorkerSettings } from '@interleave/settings';
import type { LanguageModel } from '../language-model';
import { cacheBytesPerToken } from './cache-bytes-per-token';
import { LlamaBatchDecoder } from './llama-batch-decoder';
import { bindingsOf } from './llama-bindings';
import { LlamaTokenizer } from './llama-tokenizer';
import { planContext } from './plan-context';
import { resolveModelFile } from './model-file';
import { threadCount } from './thread-count';

const BATCH_TOKENS = 512;

/** A place for sentences about what was loaded. */
export type LoadLog = (facts: Readonly<Record<string, unknown>>) => void;

/**
 * Loads a GGUF file into llama.cpp, prebuilt: nothing is compiled or downloaded.
 * @throws AppError `not_found` for a wrong path, `internal` when llama.cpp can't load the file
 */
export async function loadLlamaModel(settings: LlamaWorkerSettings, log: LoadLog): Promise<LanguageModel> {
  const modelPath = resolveModelFile(settings.modelPath);
  const startedMs = performance.now();
  try {
    // The package is ESM only; this import stays one in the CommonJS output.
    const { getLlama, LlamaLogLevel } = await import('node-llama-cpp');
    const gpu = settings.gpuLayers > 0 ? 'auto' : false;
    const llama = await getLlama({ gpu, build: 'never', skipDownload: true, logLevel: LlamaLogLevel.error, maxThreads: 0 });
    // A sliding window would leave holes in a kept prefix.
    const model = await llama.loadModel({ modelPath, gpuLayers: settings.gpuLayers, defaultContextSwaFullCache: true });
    const plan = planContext({
      trainedLength: model.trainContextSize,
      askedLength: settings.maxModelLen,
      askedSequences: settings.parallelSequences,
      bytesPerToken: cacheBytesPerToken(model),
      budgetBytes: settings.cacheMemoryMib * 2 ** 20,
    });
    const threads = threadCount(settings.threads, model.size, Math.min(llama.cpuMathCores, availableParallelism()));
    const batchTokens = Math.max(BATCH_TOKENS, plan.sequences);
    const context = await model.createContext({
      sequences: plan.sequences,
      contextSize: plan.maxModelLen,
      batchSize: batchTokens,
      threads,
      failedCreationRemedy: false,
    });
    const bindings = bindingsOf(llama, model, context);
    log({
      event: 'model-loaded',
      model: modelPath,
      max_model_len: plan.maxModelLen,
      sequences: plan.sequences,
      threads,
      load_ms: Math.round(performance.now() - startedMs),
      ...(plan.reduction !== null && { reduced: plan.reduction }),
    });
    return {
      facts: {
        maxModelLen: plan.maxModelLen,
        chatTemplate: model.fileInfo.metadata.tokenizer.chat_template ?? null,
        bosText: model.tokens.bosString ?? '',
        eosText: model.tokens.eosString ?? '',
      },
      tokenizer: new LlamaTokenizer(model),
      decoder: new LlamaBatchDecoder(bindings, plan.sequences, batchTokens, plan.maxModelLen),
      close: async () => {
        await context.dispose();
        await model.dispose();
        await llama.dispose();
      },
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('internal', `The model ${modelPath} could not be loaded: ${reason}`, { cause: error });
  }
}
