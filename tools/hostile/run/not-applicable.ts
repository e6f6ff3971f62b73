import type { HostileCase, Need, RuntimeName } from '../cases/hostile-case';

/** What a runtime has not got by its nature. A row that needs it says nothing about that runtime. */
const LACKS: Readonly<Record<RuntimeName, Partial<Record<Need, string>>>> = {
  runc: {},
  runsc: {
    checkpoints: 'gVisor refuses to make a copy that is the session’s sibling: a hard kill resets it',
    'host-cgroup': 'memory and processes are the gVisor kernel’s own business: the container’s limits count that kernel as a whole',
  },
  wasm: {
    processes: 'WebAssembly has no processes',
    threads: 'this Python has no threads',
    signals: 'WebAssembly has no signals',
    'system-calls': 'there is no kernel to call',
    proc: 'there is no /proc',
    packages: 'only the standard library',
    'memory-limit': 'no control groups: the memory of the child process is bounded as a whole',
    'disk-limit': 'files live in the child’s memory, which is bounded as a whole',
    'host-cgroup': 'no control groups',
    containers: 'no containers',
    checkpoints: 'no copies of a session can be made: a hard kill resets it',
    'x86-64': 'WebAssembly runs no machine code of the host',
  },
};

/** Why a case says nothing about a runtime; null if it does. */
export function notApplicableReason(hostileCase: HostileCase, runtime: RuntimeName): string | null {
  const own = hostileCase.notOn?.[runtime];
  if (own !== undefined) return own;
  for (const need of hostileCase.needs ?? []) {
    if (need === 'x86-64' && process.arch !== 'x64') return `it is written for x86-64, this machine is ${process.arch}`;
    const lack = LACKS[runtime][need];
    if (lack !== undefined) return lack;
  }
  return null;
}
