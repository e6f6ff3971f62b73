import { runService } from '@interleave/platform';
import { loadLlamaModel } from './engine/llama/load-llama-model';
import { resolveModelFile } from './engine/llama/model-file';
import { workerService } from './worker-service';

void runService(
  workerService(
    (settings) => loadLlamaModel(settings, (facts) => process.stdout.write(`${JSON.stringify({ name: 'llama-worker', ...facts })}\n`)),
    // A wrong path is said before anything is loaded.
    ({ modelPath }) => void resolveModelFile(modelPath),
  ),
);
