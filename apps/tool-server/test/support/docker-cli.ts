import { execFileSync } from 'node:child_process';
import { INSTANCE_LABEL } from '../../src/container/labels';

/** The engine's command line, for what a test does behind the tool server's back. */
export class DockerCli {
  /** @param host as in DOCKER_HOST; null: the engine of this machine */
  constructor(private readonly host: string | null = null) {}

  run(...args: readonly string[]): string {
    const host = this.host === null ? [] : ['--host', this.host];
    return execFileSync('docker', [...host, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  /** Containers of one tool server process. */
  containersOf(instance: string, ...filters: readonly string[]): string[] {
    const args = [`label=${INSTANCE_LABEL}=${instance}`, ...filters].flatMap((filter) => ['--filter', filter]);
    const output = this.run('ps', '--all', '--quiet', '--no-trunc', ...args);
    return output.split('\n').filter((id) => id !== '');
  }
}
