import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { isAppError } from '@interleave/kernel';
import { ensureSandboxImage, findSandboxFolder } from './container/sandbox-image';

/** A program of its own, so that `npm start` can show the progress of the first build before anything is started. */
async function main(): Promise<void> {
  const folder = findSandboxFolder();
  const print = (line: string) => process.stdout.write(`${line}\n`);
  await ensureSandboxImage(new DockerContainerRuntime(), folder, print, AbortSignal.timeout(20 * 60_000));
  print(`Sandbox image: ${folder.imageTag}`);
}

main().catch((error: unknown) => {
  if (!isAppError(error)) throw error;
  process.stderr.write(`build-image: ${error.message}\n`);
  process.exitCode = 1;
});
