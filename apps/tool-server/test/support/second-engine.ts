import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@interleave/testing';
import { DockerCli } from './docker-cli';

const DISK_MIB = 1024;
const FILLER = 'filler';
const KEPT_FOR_WRITING_BYTES = 16 * 2 ** 20;
/** What no program of the fault suite needs: an image that is copied in seconds. */
const LEFT_OUT = [
  './usr/share',
  './usr/include',
  './usr/lib/gcc',
  './usr/lib/x86_64-linux-gnu/perl*',
  './usr/lib/x86_64-linux-gnu/lib?san.so*',
  './usr/lib/x86_64-linux-gnu/libicu*',
  './usr/lib/python3/dist-packages/scipy',
  './usr/lib/python3/dist-packages/pandas',
  './usr/lib/python3/dist-packages/matplotlib',
  './usr/lib/python3/dist-packages/networkx',
  './usr/lib/python3/dist-packages/sympy/*/tests',
  '*.a',
];

/**
 * A Docker engine of the test's own, which may be stopped and whose disk may be filled while others work with the machine's engine. It is
 * in a network namespace of its own: an engine without a bridge removes the one of the machine. Needs root, a loop device and dockerd.
 */
export class SecondEngine {
  private daemon: ChildProcess | null = null;

  private constructor(private readonly folder: string) {}

  /** Why there can't be one here, in a sentence; null if it can. */
  static unavailableReason(): string | null {
    if (process.getuid?.() !== 0) return 'A second Docker engine needs root.';
    for (const program of ['dockerd', 'containerd', 'mkfs.ext4', 'unshare', 'mount']) {
      if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0) return `A second Docker engine needs ${program}.`;
    }
    return spawnSync('losetup', ['--find']).status === 0 ? null : 'A second Docker engine needs a loop device for its disk.';
  }

  static async start(): Promise<SecondEngine> {
    const folder = mkdtempSync(join(tmpdir(), 'interleave-engine-'));
    const disk = join(folder, 'disk.img');
    execFileSync('truncate', ['--size', `${DISK_MIB}M`, disk]);
    execFileSync('mkfs.ext4', ['-q', '-m', '0', disk]);
    mkdirSync(join(folder, 'disk'));
    execFileSync('mount', ['-o', 'loop', disk, join(folder, 'disk')]);
    const engine = new SecondEngine(folder);
    await engine.startDaemon();
    return engine;
  }

  get host(): string {
    return `unix://${join(this.folder, 'docker.sock')}`;
  }

  get docker(): DockerCli {
    return new DockerCli(this.host);
  }

  /** Copies the file system of an image that the machine's engine has. */
  takeImage(from: string, to: string): void {
    const { Env, Cmd } = JSON.parse(execFileSync('docker', ['inspect', '--format', '{{json .Config}}', from], { encoding: 'utf8' })) as {
      Env: string[];
      Cmd: string[];
    };
    const excluded = LEFT_OUT.map((pattern) => `'--exclude=${pattern}'`).join(' ');
    const changes = [...Env.map((variable) => `ENV ${variable}`), `CMD ${JSON.stringify(Cmd)}`].map((change) => `--change '${change}'`);
    const pack = `docker run --rm --user 0 --network none --entrypoint tar ${from} --create --one-file-system ${excluded} --directory / .`;
    execFileSync('sh', ['-c', `${pack} | docker --host ${this.host} import ${changes.join(' ')} - ${to}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async startDaemon(): Promise<void> {
    const at = (name: string) => join(this.folder, name);
    const flags = {
      host: this.host,
      'data-root': at('disk/docker'),
      'exec-root': at('exec'),
      pidfile: at('docker.pid'),
      'config-file': at('none.json'),
      bridge: 'none',
      iptables: 'false',
      'log-level': 'error',
    };
    execFileSync('sh', ['-c', `echo '{}' > ${flags['config-file']}`]);
    const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    this.daemon = spawn('unshare', ['--net', '--', 'dockerd', ...argv], { stdio: 'ignore' });
    await waitUntil(() => this.answers(), 60_000, 'the second engine did not start');
  }

  /** Its containers end with it. */
  async stopDaemon(): Promise<void> {
    const { daemon } = this;
    this.daemon = null;
    if (!daemon || daemon.exitCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill('SIGTERM');
    await ended;
  }

  fillDisk(): void {
    const { bavail, bsize } = statfsSync(join(this.folder, 'disk'));
    const filler = join(this.folder, 'disk', FILLER);
    execFileSync('fallocate', ['--length', String(bavail * bsize - KEPT_FOR_WRITING_BYTES), filler]);
    // To the last block: the file system needs some itself for what is allocated ahead. Ends with an error, as it should.
    spawnSync('dd', ['if=/dev/zero', `of=${filler}-rest`, 'bs=64k', 'conv=fsync'], { stdio: 'ignore' });
  }

  freeDisk(): void {
    for (const name of [FILLER, `${FILLER}-rest`]) rmSync(join(this.folder, 'disk', name), { force: true });
  }

  async remove(): Promise<void> {
    await this.stopDaemon();
    // The kernel lets go of the containers' mounts a moment after the engine has ended.
    await waitUntil(
      () => spawnSync('umount', [join(this.folder, 'disk')]).status === 0,
      20_000,
      'the disk of the second engine stays mounted',
    );
    rmSync(this.folder, { recursive: true, force: true });
  }

  private answers(): boolean {
    return spawnSync('docker', ['--host', this.host, 'version'], { stdio: 'ignore' }).status === 0;
  }
}
