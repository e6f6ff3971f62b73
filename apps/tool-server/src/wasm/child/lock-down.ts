import type { Pyodide } from './pyodide';

/** Modules of Node that nothing in the interpreter's thread needs once it has loaded. What is left of each can do nothing. */
const DISARMED_MODULES = [
  'child_process',
  'cluster',
  'dgram',
  'diagnostics_channel',
  'dns',
  'dns/promises',
  'fs',
  'fs/promises',
  'http',
  'http2',
  'https',
  'inspector',
  'module',
  'net',
  'os',
  'repl',
  'tls',
  'trace_events',
  'v8',
  'vm',
  'wasi',
  'worker_threads',
];
/** Where a class is kept by someone who has it already, its methods are what has to go. */
const DISARMED_CLASSES = [
  'Socket',
  'Server',
  'Agent',
  'ClientRequest',
  'TLSSocket',
  'Resolver',
  'ReadStream',
  'WriteStream',
  'Worker',
  'Module',
];
const KEPT_GLOBALS = new Set([
  ...[
    'Object',
    'Function',
    'Array',
    'Number',
    'Boolean',
    'String',
    'Symbol',
    'BigInt',
    'Math',
    'JSON',
    'Reflect',
    'Proxy',
    'Promise',
    'Date',
  ],
  ...['RegExp', 'Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'FinalizationRegistry', 'Iterator', 'AggregateError', 'Error', 'EvalError'],
  ...['RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError', 'ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Atomics'],
  ...[
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
    'Float16Array',
    'Float32Array',
  ],
  ...['Float64Array', 'BigInt64Array', 'BigUint64Array', 'WebAssembly', 'Infinity', 'NaN', 'undefined', 'parseInt', 'parseFloat', 'isNaN'],
  ...[
    'isFinite',
    'globalThis',
    'global',
    'eval',
    'escape',
    'unescape',
    'encodeURI',
    'decodeURI',
    'encodeURIComponent',
    'decodeURIComponent',
  ],
  ...[
    'TextEncoder',
    'TextDecoder',
    'performance',
    'crypto',
    'queueMicrotask',
    'setTimeout',
    'clearTimeout',
    'setInterval',
    'clearInterval',
  ],
  ...[
    'setImmediate',
    'clearImmediate',
    'AbortController',
    'AbortSignal',
    'Event',
    'EventTarget',
    'DOMException',
    'process',
    'console',
    'Buffer',
  ],
]);
/** Node's own machinery between two messages goes through these. */
const KEPT_OF_PROCESS = new Set([
  'nextTick',
  'emit',
  'emitWarning',
  'versions',
  'version',
  'platform',
  'arch',
  'env',
  'release',
  'hrtime',
  'argv',
  '_exiting',
  '_events',
  '_eventsCount',
  '_maxListeners',
  '_tickCallback',
  'listenerCount',
  'hasUncaughtExceptionCaptureCallback',
  'features',
  'stdout',
  'stderr',
]);
/** Names by which Pyodide hands out ways to the outside. */
const ENDED_API = ['initializeNodeSockFS', 'loadBinaryFile', 'loadDynlib', 'makeSnapshot'];
const ENDED_METHODS = [
  'useNodeSockFS',
  'mountNodeFS',
  'mountNativeFS',
  'loadPackage',
  'loadPackagesFromImports',
  'runPython',
  'runPythonAsync',
  'registerJsModule',
];

/**
 * Takes from the thread, before any foreign code runs in it, what code could reach the machine with if it got from Python into JavaScript.
 * The first doors (modules `js` and `pyodide_js`, strings as code, Node's permissions) are shut elsewhere; behind them nothing should be left.
 */
export function lockDown(pyodide: Pyodide): void {
  endPyodidesOwnWays(pyodide);
  disarmModules();
  disarmProcess();
  disarmGlobals();
  freezeIntrinsics();
}

function endPyodidesOwnWays(pyodide: Pyodide): void {
  for (const name of ['js', 'pyodide_js']) pyodide.unregisterJsModule(name);
  for (const name of ENDED_API) replace(pyodide._api, name, refuse);
  for (const name of ENDED_METHODS) replace(pyodide, name, refuse);
  const { filesystems } = pyodide.FS;
  for (const name of Object.keys(filesystems)) if (name !== 'MEMFS') Reflect.deleteProperty(filesystems, name);
}

function disarmModules(): void {
  // All first: one may need another to load.
  const modules = DISARMED_MODULES.map(moduleOf).filter((exported) => exported !== null);
  for (const exported of modules) {
    for (const key of DISARMED_CLASSES) {
      const kind: unknown = Reflect.get(exported, key);
      if (typeof kind === 'function') disarm(Reflect.get(kind, 'prototype'));
    }
    disarm(exported);
  }
}

function moduleOf(name: string): object | null {
  try {
    return require(`node:${name}`) as object;
  } catch (_notInThisNode) {
    return null;
  }
}

function disarm(target: unknown): void {
  if (typeof target !== 'object' && typeof target !== 'function') return;
  if (target === null) return;
  for (const key of Object.getOwnPropertyNames(target)) {
    const descriptor = Object.getOwnPropertyDescriptor(target, key);
    if (key === 'constructor' || !descriptor || typeof descriptor.value !== 'function') continue;
    replace(target, key, refuse);
  }
}

function disarmProcess(): void {
  const names = new Set<string>();
  for (let owner: object | null = process; owner && owner !== Object.prototype; owner = Object.getPrototypeOf(owner) as object | null) {
    for (const key of Object.getOwnPropertyNames(owner)) names.add(key);
  }
  for (const key of names) if (!KEPT_OF_PROCESS.has(key)) replace(process, key, undefined);
}

function disarmGlobals(): void {
  for (const key of Object.getOwnPropertyNames(globalThis)) {
    // Deleted unseen: a mere look at some of them loads the half of Node behind them.
    if (!KEPT_GLOBALS.has(key) && !Reflect.deleteProperty(globalThis, key)) replace(globalThis, key, undefined);
  }
}

/** A program that reaches them could otherwise make the code around it hand over what it holds. */
function freezeIntrinsics(): void {
  const roots = [
    'Object',
    'Function',
    'Array',
    'Promise',
    'Map',
    'Set',
    'WeakMap',
    'WeakSet',
    'Symbol',
    'String',
    'Number',
    'Boolean',
    'BigInt',
  ];
  roots.push(
    'Error',
    'TypeError',
    'RangeError',
    'EvalError',
    'RegExp',
    'Date',
    'ArrayBuffer',
    'SharedArrayBuffer',
    'DataView',
    'Uint8Array',
  );
  roots.push(
    'Int32Array',
    'Proxy',
    'Reflect',
    'JSON',
    'Math',
    'Atomics',
    'WebAssembly',
    'WeakRef',
    'FinalizationRegistry',
    'TextDecoder',
    'TextEncoder',
  );
  for (const name of roots) {
    const intrinsic: unknown = Reflect.get(globalThis, name);
    if (typeof intrinsic !== 'function' && typeof intrinsic !== 'object') continue;
    if (intrinsic === null) continue;
    // Not the plain prototypes themselves: assignments in the code around would fail on what they inherit.
    for (const part of [intrinsic, Reflect.get(intrinsic, 'prototype')]) {
      if (typeof part === 'object' && part !== null) lock(part);
      else if (typeof part === 'function') lock(part);
    }
  }
  const kinds = [
    function* () {
      yield 0;
    },
    async function () {
      await null;
    },
    async function* () {
      yield await null;
    },
  ];
  for (const sample of kinds) lock(Object.getPrototypeOf(sample) as object);
}

/** What is there stays as it is; new names stay possible where they don't shadow it. */
function lock(target: object): void {
  for (const key of Reflect.ownKeys(target)) {
    const descriptor = Object.getOwnPropertyDescriptor(target, key);
    if (!descriptor?.configurable) continue;
    if ('value' in descriptor) {
      const { value } = descriptor as { value: unknown };
      // An accessor, since a read-only value would also forbid the name to everything that inherits it.
      Object.defineProperty(target, key, {
        get: () => value,
        set(this: object, next: unknown) {
          if (this !== target) Object.defineProperty(this, key, { value: next, writable: true, enumerable: true, configurable: true });
        },
        enumerable: descriptor.enumerable ?? false,
        configurable: false,
      });
    } else {
      Object.defineProperty(target, key, { configurable: false });
    }
  }
  Object.preventExtensions(target);
}

function refuse(): never {
  throw new Error('not available in the sandbox');
}

function replace(target: object, key: string, value: unknown): void {
  const descriptor = Object.getOwnPropertyDescriptor(target, key);
  if (descriptor && !descriptor.configurable) {
    if (descriptor.writable) Reflect.set(target, key, value);
    return;
  }
  Object.defineProperty(target, key, { value, writable: false, enumerable: descriptor?.enumerable ?? false, configurable: false });
}
