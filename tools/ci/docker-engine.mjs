import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const PID_FILE = '/var/run/docker.pid';

/** The engine's process as it is before a run, to tell afterwards whether the run started it. @returns {string | null} */
export function rememberEngine() {
  const answers = spawnSync('docker', ['version'], { timeout: 20_000 }).status === 0;
  return answers ? 'it was here' : null;
}

/** Ends a dockerd that was not there before: what a run starts, it stops. @param {string | null} engineBefore */
export function stopStartedEngine(engineBefore) {
  if (engineBefore !== null || !existsSync(PID_FILE)) return;
  const pid = Number(readFileSync(PID_FILE, 'utf8'));
  // One that the system's own service manager runs is not ours to end.
  if (spawnSync('systemctl', ['is-active', '--quiet', 'docker']).status === 0) return;
  process.kill(pid, 'SIGTERM');
  console.log(`The Docker engine that this run started (pid ${pid}) was stopped.`);
}
