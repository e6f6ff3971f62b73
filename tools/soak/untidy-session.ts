import type { ExecutionResult } from '@interleave/contracts';
import type { RunningToolServer } from '../harness/running-tool-server';
import { ToolCaller } from '../harness/tool-caller';

/** Says what others have left here, then leaves as much as it can itself: files, shared memory, processes that outlive their parents. */
const CODE = (number: number): string => `
import os, signal, subprocess, sys
def left():
    files = [f"{folder}/{name}" for folder in ("/tmp", "/dev/shm", "/var/tmp") if os.path.isdir(folder) for name in os.listdir(folder) if not name.startswith((".matplotlib", ".cache", "__pycache__"))]
    names = [name for name in globals() if name.startswith("mine_")]
    processes = [pid for pid in os.listdir("/proc") if pid.isdigit() and os.path.exists(f"/proc/{pid}/cmdline") and b"sleep" in open(f"/proc/{pid}/cmdline", "rb").read()]
    return files + names + processes
found = left()
mine_${number} = list(range(${number}, ${number} + 1000))
with open("/tmp/mine-${number}", "wb") as file: file.write(b"x" * 200_000)
os.makedirs("/tmp/folder/deep", exist_ok=True); os.symlink("/etc", "/tmp/folder/deep/link")
with open("/dev/shm/mine-${number}", "wb") as file: file.write(b"y" * 100_000)
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.setsid()
    if os.fork() == 0: os.execvp("sleep", ["sleep", "601"])
    os._exit(0)
print(found, sum(mine_${number}))`;

const SUM = (number: number): number => 1000 * number + 499_500;

/** @returns null, or what is wrong with the answer */
export async function untidySession(server: RunningToolServer, number: number): Promise<string | null> {
  const caller = new ToolCaller(server);
  const id = await caller.open();
  try {
    const result = await caller.call(caller.prepare(id, { code: CODE(number) }));
    return result.status === 'ok' && result.output === `[] ${SUM(number)}\n` ? null : describe(result, number);
  } finally {
    await caller.close(id);
    caller.disconnect();
  }
}

function describe({ status, output, error }: ExecutionResult, number: number): string {
  return `session ${number}: ${status}, ${JSON.stringify(output.slice(0, 300))}, ${error?.traceback ?? 'no error'}`;
}
