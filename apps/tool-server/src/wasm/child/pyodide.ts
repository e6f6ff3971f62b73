/** What is used of Pyodide, as it is: its own types speak of a browser. */
export interface Pyodide {
  readonly FS: EmscriptenFs;
  readonly _api: object;
  readonly version: string;
  runPython(code: string): unknown;
  pyimport(name: string): PythonModule;
  setInterruptBuffer(buffer: Uint8Array): void;
  setStdin(options: { read(buffer: Uint8Array): number; isatty?: boolean }): void;
  setStdout(options: { write(buffer: Uint8Array): number; isatty?: boolean }): void;
  setStderr(options: { write(buffer: Uint8Array): number; isatty?: boolean }): void;
  unregisterJsModule(name: string): void;
  makeMemorySnapshot(): Uint8Array;
}

export type PythonModule = Readonly<Record<string, (...parameters: readonly unknown[]) => unknown>>;

export interface EmscriptenFs {
  readonly filesystems: Record<string, MemoryFileSystem>;
  readonly root: FsNode;
  readonly ErrnoError: new (errno: number) => Error;
  mkdirTree(path: string): void;
  chdir(path: string): void;
  writeFile(path: string, data: Uint8Array | string): void;
  readFile(path: string): Uint8Array;
  readdir(path: string): string[];
  lstat(path: string): { readonly mode: number; readonly size: number; readonly mtime: Date };
  unlink(path: string): void;
  isFile(mode: number): boolean;
  isDir(mode: number): boolean;
  makedev(major: number, minor: number): number;
  registerDevice(device: number, operations: object): void;
  mkdev(path: string, mode: number, device: number): void;
}

export interface FsNode {
  /** Bytes of a file, entries of a folder. */
  readonly contents?: Uint8Array | Readonly<Record<string, FsNode>>;
}

/** The part of a file system in memory that takes memory. */
export interface MemoryFileSystem {
  createNode(parent: FsNode | null, name: string, mode: number, device: number): FsNode;
  expandFileStorage(node: FsNode, capacity: number): void;
  resizeFileStorage(node: FsNode, size: number): void;
}

export interface PyodideOptions {
  readonly indexURL: string;
  readonly jsglobals: object;
  readonly env: Readonly<Record<string, string>>;
  readonly _makeSnapshot?: boolean;
  readonly _loadSnapshot?: Uint8Array;
}
