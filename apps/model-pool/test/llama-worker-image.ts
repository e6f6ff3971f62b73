import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');
const PROGRAM = 'dist/apps/llama-worker/src/main.js';
export const BASE_IMAGE = 'node:22-bookworm-slim';

/** The last stage of docker/model-pool.Dockerfile, from what is installed and built here: seconds, and nothing is downloaded. */
const DOCKERFILE = `FROM ${BASE_IMAGE}
WORKDIR /app
COPY package.json ./
COPY node_modules node_modules
COPY dist dist
USER node
`;

/** What no program reads: making a layer costs by the file. */
const UNREAD = ['*.spec.js', '*.ts', '*.mts', '*.cts', '*.map', '*.md'].map((name) => `--exclude='${name}'`).join(' ');
/** Packages that no worker loads, and engines for other machines. */
const UNUSED = new RegExp(`^node_modules/(typescript|pyodide|@node-llama-cpp/(?!linux-${process.arch}$).*)$`);

/** What containers can't be made without; null where it is all there. */
export function whatContainersLack(): string | null {
  if (spawnSync('docker', ['version'], { timeout: 20_000 }).status !== 0) return 'No Docker engine answers.';
  const isThere = spawnSync('docker', ['image', 'inspect', BASE_IMAGE]).status === 0;
  return isThere ? null : `The image ${BASE_IMAGE} is missing: tools/ci/ensure-base-images.sh makes it.`;
}

/** What the image of a llama-worker can't be made without; null where it is all there. */
export function whatImageLacks(): string | null {
  return whatContainersLack() ?? (existsSync(join(ROOT, PROGRAM)) ? null : `${PROGRAM} is missing: npm run build makes it.`);
}

/** Builds the image of the llama-worker that is built here; the layer of packages is made once. */
export function buildLlamaWorkerImage(): string {
  const image = `interleave/llama-worker-test:${createHash('sha256').update(ROOT).digest('hex').slice(0, 12)}`;
  const paths = ['package.json', 'dist/libs', 'dist/apps/llama-worker', ...productionPackages()];
  const folder = mkdtempSync(join(tmpdir(), 'llama-worker-image-'));
  writeFileSync(join(folder, 'Dockerfile'), DOCKERFILE);
  const pack = `tar -cf - ${UNREAD} --files-from=- -C ${folder} Dockerfile`;
  execFileSync('sh', ['-c', `${pack} | docker build --quiet --force-rm --tag ${image} -`], {
    cwd: ROOT,
    input: `${paths.join('\n')}\n`,
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
    stdio: ['pipe', 'ignore', 'inherit'],
    timeout: 540_000,
  });
  rmSync(folder, { recursive: true });
  return image;
}

/** As npm has them on record: everything that is not for development only. Of a package's packages, the folder holds those too. */
function productionPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'node_modules/.package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  return Object.entries(lock.packages)
    .filter(
      ([path, { dev }]) => dev !== true && path.lastIndexOf('node_modules/') === 0 && !UNUSED.test(path) && existsSync(join(ROOT, path)),
    )
    .map(([path]) => path);
}
