// How much a broken upload costs: publish-model is killed when a quarter, a half and three quarters of a model have gone to the fake hub, and
// run again each time. Needs a build. The parameters are those of publish-model, for a model that it has merged:
//   node tools/publish-model/test/broken-upload.mjs --local-dir CKPT/actor --target-dir OUT --max-shard-gb 0.3
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const { FakeHub } = createRequire(import.meta.url)(join(root, 'dist/libs/testing/src/lib/fake-hub/fake-hub.js'));
const REPOSITORY = 'org/broken';
const POINTS = [0.25, 0.5, 0.75];

const { readManifest } = createRequire(import.meta.url)(join(root, 'dist/tools/publish-model/verify/manifest.js'));
const folder = process.argv[process.argv.indexOf('--target-dir') + 1];
const { files } = readManifest(folder);
const largeBytes = files.filter(({ path }) => /\.(safetensors|zip)$/.test(path)).reduce((sum, { bytes }) => sum + bytes, 0);
const hub = await FakeHub.start({ partBytes: 20_000_000 });

const megabytes = (bytes) => (bytes / 1e6).toFixed(0);

/** @param {number} untilBytes ends it when so much of the model has arrived, in this run or, whole, in those before */
async function run(untilBytes) {
  const args = ['tools/publish-model/publish-model.mjs', '--no-build', ...process.argv.slice(2), '--hf-upload-path', REPOSITORY];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, HF_ENDPOINT: hub.url, HF_TOKEN: hub.token },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const before = { received: hub.receivedFileBytes, kept: hub.keptFileBytes };
  const timer = setInterval(() => {
    if (before.kept + hub.receivedFileBytes - before.received >= untilBytes) child.kill('SIGKILL');
  }, 5);
  const [status] = await once(child, 'exit');
  clearInterval(timer);
  while (hub.openRequests > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  console.log(
    `${status === null ? 'killed' : `ended with ${status}`}; the hub has received ${megabytes(hub.receivedFileBytes)} and keeps ${megabytes(hub.keptFileBytes)} MB`,
  );
}

for (const point of POINTS) await run(point * largeBytes);
await run(Infinity);
const content = await Promise.all(files.map(async ({ path, bytes }) => (await hub.read(REPOSITORY, path))?.length === bytes));
const commits = hub.repositories.get(REPOSITORY).commits.length - 1;
const twice = hub.receivedFileBytes - largeBytes;
console.log(
  `${megabytes(largeBytes)} MB, ${megabytes(twice)} MB of them sent twice; ${commits} commit, files whole: ${content.every(Boolean)}`,
);
await hub.stop();
