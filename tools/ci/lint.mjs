// One eslint run over the repository. The boundary rule needs Nx's project graph: without one it is skipped with exit code 0,
// so the graph is made first and the warning counts as a failure.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const env = { ...process.env, NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true' };
const bin = (name) => join(root, 'node_modules/.bin', name);

const graph = spawnSync(bin('nx'), ['show', 'projects'], { cwd: root, env, encoding: 'utf8' });
if (graph.status !== 0) {
  process.stderr.write(graph.stdout + graph.stderr);
  process.exit(1);
}
const lint = spawnSync(
  bin('eslint'),
  ['apps', 'libs', 'tools', '--no-error-on-unmatched-pattern', '--max-warnings', '0', ...process.argv.slice(2)],
  {
    cwd: root,
    env,
    encoding: 'utf8',
  },
);
process.stdout.write(lint.stdout);
process.stderr.write(lint.stderr);
const skipped = /No cached ProjectGraph/.test(lint.stdout + lint.stderr);
if (skipped)
  console.error('lint: the boundary rules were skipped because Nx has no project graph; run `npx nx show projects` and look at its error.');
process.exit(lint.status === 0 && !skipped ? 0 : 1);
