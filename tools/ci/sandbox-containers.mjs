import { execFileSync } from 'node:child_process';

/** Ids of all sandboxes on the engine, whichever tool server made them. @returns {Set<string>} */
export function sandboxContainers() {
  const output = execFileSync('docker', ['ps', '--all', '--quiet', '--no-trunc', '--filter', 'label=interleave.sandbox'], {
    encoding: 'utf8',
  });
  return new Set(output.split('\n').filter((id) => id !== ''));
}
