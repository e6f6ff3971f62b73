import { LlamaWorkerSettings, loadSettings } from '@interleave/settings';
import { llamaWorkerCommandLine } from './llama-worker-command-line';

const options = {
  program: '/app/main.js',
  ggufFile: '/models/demo/demo.gguf',
  servedNames: ['demo', 'a,b'],
  maxModelLength: null,
  parallelSequences: 8,
  logLevel: 'info',
  engineArguments: ['--gpu-layers', '0'],
};
const endpoint = { host: '127.0.0.1', port: 41_001, apiKey: 'worker-key' };

describe("llama-worker's command line", () => {
  it('hands over its settings as environment, and it reads the same there', () => {
    const { environment } = llamaWorkerCommandLine(options, { kind: 'cpu', cores: [2, 3] }, endpoint);

    expect(loadSettings(LlamaWorkerSettings, { environment })).toMatchObject({
      modelPath: '/models/demo/demo.gguf',
      servedModelName: ['demo', 'a,b'],
      workerHost: '127.0.0.1',
      workerPort: 41_001,
      workerApiKey: 'worker-key',
      parallelSequences: 8,
      threads: 2,
      maxModelLen: undefined,
    });
  });

  it('never has the key in it', () => {
    const line = llamaWorkerCommandLine(options, { kind: 'cpu', cores: [0] }, endpoint);

    expect(line.arguments).toEqual(['/app/main.js', '--gpu-layers', '0']);
  });
});
