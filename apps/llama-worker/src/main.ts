import { runService } from '@interleave/platform';
import { loadLlamaModel } from './engine/llama/load-llama-model';
import { workerService } from './worker-service';

const log = (facts: Readonly<Record<string, unknown>>) => process.stdout.write(`${JSON.stringify({ name: 'llama-worker', ...facts })}\n`);

void runService(workerService((settings) => loadLlamaModel(settings, log)));
