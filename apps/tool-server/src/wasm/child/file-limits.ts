import type { Limits } from '../boot-message';
import type { EmscriptenFs, FsNode } from './pyodide';

const MIB = 2 ** 20;
/** Emscripten's number of ENOSPC. */
const NO_SPACE = 51;

/** Files live in this process' memory and nothing bounds them: this makes them a disk that can be full. */
export function limitFiles(fs: EmscriptenFs, limits: Pick<Limits, 'filesMib' | 'maxFiles'>): void {
  const memory = fs.filesystems['MEMFS'];
  if (!memory) throw new Error('this Pyodide has no file system in memory');
  const found = measure(fs.root);
  const maxBytes = found.bytes + limits.filesMib * MIB;
  const maxNodes = found.nodes + limits.maxFiles;
  // Never too low: what was removed is noticed when the limit seems to be reached.
  let estimate = found;
  const reserve = (bytes: number, nodes: number): void => {
    estimate = { bytes: estimate.bytes + bytes, nodes: estimate.nodes + nodes };
    if (estimate.bytes <= maxBytes && estimate.nodes <= maxNodes) return;
    const now = measure(fs.root);
    estimate = { bytes: now.bytes + bytes, nodes: now.nodes + nodes };
    if (estimate.bytes <= maxBytes && estimate.nodes <= maxNodes) return;
    estimate = now;
    throw new fs.ErrnoError(NO_SPACE);
  };
  const { createNode, expandFileStorage, resizeFileStorage } = memory;
  memory.createNode = (parent, name, mode, device) => {
    reserve(0, 1);
    return createNode(parent, name, mode, device);
  };
  memory.expandFileStorage = (node, capacity) => {
    const held = bytesOf(node);
    // What it takes in the end is an eighth more.
    if (capacity > held) reserve(Math.ceil(capacity * 1.125) - held, 0);
    expandFileStorage(node, capacity);
  };
  memory.resizeFileStorage = (node, size) => {
    reserve(Math.max(0, size - bytesOf(node)), 0);
    resizeFileStorage(node, size);
  };
}

interface Usage {
  readonly bytes: number;
  readonly nodes: number;
}

function measure(root: FsNode): Usage {
  let [bytes, nodes] = [0, 0];
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    nodes += 1;
    bytes += bytesOf(node);
    if (node.contents && !(node.contents instanceof Uint8Array)) open.push(...Object.values(node.contents));
  }
  return { bytes, nodes };
}

function bytesOf({ contents }: FsNode): number {
  return contents instanceof Uint8Array ? contents.length : 0;
}
