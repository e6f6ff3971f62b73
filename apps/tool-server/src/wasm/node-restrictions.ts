/** Of the child's own JavaScript: frames, output on its way, a snapshot. */
const HEAP_MIB = 192;

/**
 * What the child is started with: it may read its own program and Pyodide, and that is all: no writing, no processes, no strings as code.
 * (Threads it may have: its supervisor needs one. The network is closed by the permission model from Node 25 on.)
 */
export function restrictionsOf(
  readableFolders: readonly string[],
  flags: ReadonlySet<string> = process.allowedNodeEnvironmentFlags,
): string[] {
  return [
    flags.has('--permission') ? '--permission' : '--experimental-permission',
    ...readableFolders.map((folder) => `--allow-fs-read=${folder}/*`),
    '--allow-worker',
    '--disallow-code-generation-from-strings',
    `--max-old-space-size=${HEAP_MIB}`,
    '--no-addons',
    '--no-warnings',
  ];
}
