import type { ContainerSpec } from '@interleave/docker-runtime';
import { INSTANCE_LABEL, SANDBOX_LABEL, SLOT_LABEL } from './labels';

const MIB = 2 ** 20;
/** gVisor's kernel is a process in the container: when its own threads come up against the limit, it ends, and the sandbox with it. */
const GVISOR_THREADS = 256;

export interface SandboxLimits {
  readonly memoryMib: number;
  readonly pids: number;
}

export interface SandboxContainer extends SandboxLimits {
  readonly image: string;
  readonly runtime: string;
  /** Text of the seccomp profile: the engine takes it inline, not as a path. */
  readonly seccompProfile: string;
  readonly instanceId: string;
  readonly slotId: string;
}

/**
 * A container that untrusted code may run in. Everything is said, also what is a default somewhere: this is the place to read
 * what a sandbox can and can't do.
 */
export function sandboxContainerSpec(sandbox: SandboxContainer): ContainerSpec {
  const memoryBytes = sandbox.memoryMib * MIB;
  // What sits in /tmp and /dev/shm counts as memory: together a fifth of it at most.
  const scratchMib = Math.max(16, Math.floor(sandbox.memoryMib / 8));
  // gVisor lets processes of one user kill each other, PID 1 included. So the supervisor is root there, with the right to become the
  // programs' user and to signal it, and nothing else; programs have no rights anywhere.
  const isGvisor = sandbox.runtime.startsWith('runsc');
  return {
    Image: sandbox.image,
    User: isGvisor ? '0:0' : '65534:65534',
    WorkingDir: '/tmp',
    Hostname: 'sandbox',
    Labels: { [SANDBOX_LABEL]: 'true', [INSTANCE_LABEL]: sandbox.instanceId, [SLOT_LABEL]: sandbox.slotId },
    StopSignal: 'SIGKILL',
    NetworkDisabled: true,
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      // No network at all: not even the engine's bridge. Also the fastest to start.
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      Privileged: false,
      CapDrop: ['ALL'],
      CapAdd: isGvisor ? ['SETUID', 'SETGID', 'KILL'] : [],
      SecurityOpt: ['no-new-privileges:true', `seccomp=${sandbox.seccompProfile}`],
      // Executable on purpose: `noexec` breaks compiled extensions and stops nobody who has memfd_create.
      Tmpfs: { '/tmp': `rw,nosuid,nodev,size=${scratchMib}m,nr_inodes=8192,mode=1777,uid=65534,gid=65534` },
      // `none` would take /dev/shm away, and multiprocessing with it.
      IpcMode: 'private',
      ShmSize: 16 * MIB,
      CgroupnsMode: 'private',
      // Together: no swap.
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      OomKillDisable: false,
      // The host sacrifices a sandbox before a service; in the sandbox the session goes before the supervisor.
      OomScoreAdj: 500,
      NanoCpus: 1_000_000_000,
      CpuShares: 512,
      // Not the nproc ulimit: that counts per uid across all containers.
      PidsLimit: isGvisor ? sandbox.pids + GVISOR_THREADS : sandbox.pids,
      Ulimits: [
        { Name: 'nofile', Soft: 256, Hard: 256 },
        { Name: 'core', Soft: 0, Hard: 0 },
        { Name: 'fsize', Soft: 64 * MIB, Hard: 64 * MIB },
        { Name: 'memlock', Soft: 0, Hard: 0 },
        { Name: 'stack', Soft: 8 * MIB, Hard: 64 * MIB },
        { Name: 'msgqueue', Soft: 0, Hard: 0 },
        { Name: 'sigpending', Soft: 256, Hard: 256 },
      ],
      // A log file would take whatever the supervisor forwards, without a limit.
      LogConfig: { Type: 'none', Config: {} },
      // Removal is ours: the engine's own races with ours and hides why a container ended.
      AutoRemove: false,
      RestartPolicy: { Name: 'no' },
      // PID 1 must be our supervisor: tini would pass signals from inside on to it.
      Init: false,
      Runtime: sandbox.runtime,
      Binds: [],
      Devices: [],
      // Setting these replaces the engine's defaults, so they are repeated here.
      MaskedPaths: [
        '/proc/acpi',
        '/proc/asound',
        '/proc/interrupts',
        '/proc/kcore',
        '/proc/keys',
        '/proc/latency_stats',
        '/proc/sched_debug',
        '/proc/scsi',
        '/proc/timer_list',
        '/proc/timer_stats',
        '/sys/devices/virtual/powercap',
        '/sys/firmware',
      ],
      ReadonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}
