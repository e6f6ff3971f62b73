import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Calls a function of an ECMAScript module of tools/ci in a Node of its own: jest's module system is CommonJS. */
export function callInModule(file: string, name: string, ...args: readonly unknown[]): unknown {
  const source = `import { ${name} } from ${JSON.stringify(pathToFileURL(join(__dirname, '..', file)).href)};
process.stdout.write(JSON.stringify((await ${name}(...${JSON.stringify(args)})) ?? null));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
