import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const SERVICE_TOKEN = 'service-token-of-the-test';

const FAKE_WORKER = join(__dirname, 'fixtures/fake-worker.mjs');

/** How the fake worker misbehaves; see the fixture. */
export interface Behaviour {
  readonly exitAtStart?: number;
  readonly lastWords?: string;
  readonly startDelayMs?: number;
  readonly crashAfterMs?: number;
  readonly ignoreSigterm?: boolean;
  readonly child?: boolean;
  readonly printEnvironment?: boolean;
  readonly answerMs?: number;
  readonly maxRunning?: number;
  readonly sleepStatus?: number;
  readonly wakeStatus?: number;
}

/** A folder for one test: a model for the engine, what the fake worker is to do, the state of model-pool. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'model-pool-'));
  readonly modelPath = join(this.folder, 'tiny');
  readonly stateDirectory = join(this.folder, 'state');
  private readonly behaviourFile = join(this.folder, 'behaviour.json');

  constructor(behaviour: Behaviour = {}) {
    mkdirSync(this.modelPath);
    writeFileSync(join(this.modelPath, 'config.json'), '{}');
    this.behave(behaviour);
  }

  /** For workers that start from now on. */
  behave(behaviour: Behaviour): void {
    writeFileSync(this.behaviourFile, JSON.stringify(behaviour));
  }

  /** Settings under which model-pool runs the fake worker in vLLM's place, with deadlines that suit a test. */
  environment(changes: Record<string, string> = {}): Record<string, string> {
    return {
      POOL_PORT: '0',
      SERVICE_TOKEN,
      ENGINE: 'vllm',
      VLLM_COMMAND: `${process.execPath} ${FAKE_WORKER}`,
      ENGINE_ARGUMENTS: JSON.stringify(['--behaviour-file', this.behaviourFile]),
      MODEL_PATH: this.modelPath,
      MODEL_ALIASES: 'tiny',
      STATE_DIRECTORY: this.stateDirectory,
      CUDA_VISIBLE_DEVICES: '',
      PROBE_INTERVAL: '0.1',
      PROBE_TIMEOUT: '2',
      PROBE_FAILURES: '2',
      RESTART_DELAY: '0.05',
      MAX_RESTARTS: '2',
      STOP_TIMEOUT: '1',
      DRAIN_TIMEOUT: '1',
      LOG_LEVEL: 'silent',
      ...changes,
    };
  }
}
