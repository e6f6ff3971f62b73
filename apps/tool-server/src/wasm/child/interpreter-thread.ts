import { constants } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { limitFiles } from './file-limits';
import { lockDown } from './lock-down';
import type { RunRequest, ThreadData, ThreadMessage, ThreadRequest } from './messages';
import type { Pyodide, PyodideOptions, PythonModule } from './pyodide';
import { SessionFiles } from './session-files';

const MIB = 2 ** 20;
const WASM_PAGE_BYTES = 65_536;
/** Output that the other thread has not taken yet; beyond it the program waits. */
const MAX_IN_FLIGHT_BYTES = 4 * MIB;
const WAIT_MS = 20;
const PACKAGE_PLACE = '/opt/interleave';

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** Not among the types of Node 20. */
declare const WebAssembly: { readonly Memory: { readonly prototype: WasmMemory } };

const data = workerData as ThreadData;
const port = parentPort;
if (!port) throw new Error('to be started as a thread');
// Taken now: later nothing is asked for that a program may have changed.
const post = port.postMessage.bind(port);
const tell = (message: ThreadMessage) => post(message);
const waitFor = Atomics.wait.bind(Atomics);
const nothing = new Int32Array(new SharedArrayBuffer(4));

const memoryLimit = { bytes: data.limits.interpreterMib * MIB };
const input: { bytes: Uint8Array; offset: number } = { bytes: new Uint8Array(0), offset: 0 };

void main().catch((error: unknown) => {
  process.stderr.write(`the interpreter did not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  tell({ type: 'ended', code: null });
});

async function main(): Promise<void> {
  answerWhatPyodideAsks();
  boundMemory();
  const pyodide = await load();
  if (!data.snapshot) installSources(pyodide);
  if (data.makesSnapshot) {
    tell({ type: 'snapshot', bytes: pyodide.makeMemorySnapshot() });
    return;
  }
  connect(pyodide);
  const session = pyodide.pyimport('supervisor.wasm_session');
  const { run, start } = session;
  if (!run || !start) throw new Error('the session module is not complete');
  const files = new SessionFiles(pyodide.FS);
  const python = String(start());
  lockDown(pyodide);
  limitFiles(pyodide.FS, data.limits);
  port?.on('message', (request: ThreadRequest) => {
    if (request.type === 'run') tell(perform(run, request));
    else tell({ type: 'file', answer: files.answer(request) });
  });
  tell({ type: 'ready', python });
}

function perform(run: PythonModule[string], { cell, body, isScript, memoryMib, stdin }: RunRequest): ThreadMessage {
  memoryLimit.bytes = Math.min(data.limits.interpreterMib, memoryMib ?? Infinity) * MIB;
  input.bytes = stdin;
  input.offset = 0;
  try {
    const json = run(cell, body, isScript);
    return { type: 'report', json: typeof json === 'string' ? json : null };
  } catch (error) {
    // Python never raises through here: it has ended itself, or is broken.
    const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : null;
    return { type: 'ended', code: typeof status === 'number' ? status : null };
  }
}

/** Node's permission model refuses `process.binding`, of which Pyodide wants a few numbers. */
function answerWhatPyodideAsks(): void {
  Reflect.set(process, 'binding', (name: string) => {
    if (name === 'constants') return { fs: constants };
    throw new Error(`no binding ${name}`);
  });
}

/** A growth that is refused is a MemoryError in Python; the engine's own limit is 4 GiB. */
function boundMemory(): void {
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  Reflect.set(prototype, 'grow', function (this: WasmMemory, pages: number): number {
    if (this.buffer.byteLength + pages * WASM_PAGE_BYTES > memoryLimit.bytes) throw new RangeError('the memory limit of the sandbox');
    return Reflect.apply(grow, this, [pages]) as number;
  });
}

async function load(): Promise<Pyodide> {
  const { loadPyodide } = createRequire(__filename)(join(data.pyodideFolder, 'pyodide.js')) as {
    loadPyodide(options: PyodideOptions): Promise<Pyodide>;
  };
  return loadPyodide({
    indexURL: data.pyodideFolder,
    jsglobals: Object.create(null) as object,
    env: { HOME: '/tmp', PYTHONDONTWRITEBYTECODE: '1', TZ: 'UTC', LANG: 'C.UTF-8' },
    ...(data.makesSnapshot && { _makeSnapshot: true }),
    // A copy: not everything can be done with shared memory.
    ...(data.snapshot && { _loadSnapshot: data.snapshot.slice() }),
  });
}

function installSources(pyodide: Pyodide): void {
  pyodide.FS.mkdirTree(`${PACKAGE_PLACE}/supervisor`);
  for (const [name, text] of Object.entries(data.sources)) pyodide.FS.writeFile(`${PACKAGE_PLACE}/supervisor/${name}`, text);
  pyodide.runPython(`import sys; sys.path.append(${JSON.stringify(PACKAGE_PLACE)})`);
  pyodide.pyimport('supervisor.wasm_session')['prepare']?.();
}

/** Everything that goes from Python to this process: two streams, one input, the interrupt, and a clock to wait by. */
function connect(pyodide: Pyodide): void {
  pyodide.setInterruptBuffer(data.shared.interrupt);
  pyodide.setStdin({ read: readInput });
  pyodide.setStdout({ write: (bytes) => writeOutput('stdout', bytes) });
  pyodide.setStderr({ write: (bytes) => writeOutput('stderr', bytes) });
  const device = pyodide.FS.makedev(64, 0);
  pyodide.FS.registerDevice(device, {
    open: () => undefined,
    close: () => undefined,
    write: (_stream: unknown, buffer: Int8Array, offset: number, length: number) => {
      const view = new DataView(buffer.buffer, buffer.byteOffset + offset, length);
      if (length === 8) waitFor(nothing, 0, 0, Math.min(Math.max(view.getFloat64(0, true), 0), 1000));
      return length;
    },
  });
  pyodide.FS.mkdev('/dev/interleave-sleep', 0o222, device);
}

function readInput(buffer: Uint8Array): number {
  const part = input.bytes.subarray(input.offset, input.offset + buffer.length);
  buffer.set(part);
  input.offset += part.length;
  return part.length;
}

function writeOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): number {
  const { outputInFlight } = data.shared;
  tell({ type: 'output', stream, bytes: bytes.slice() });
  Atomics.add(outputInFlight, 0, bytes.length);
  // The other thread takes what is there, whatever becomes of this one.
  while (Atomics.load(outputInFlight, 0) > MAX_IN_FLIGHT_BYTES) waitFor(nothing, 0, 0, WAIT_MS);
  return bytes.length;
}
