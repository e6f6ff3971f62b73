import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseCoreList } from '@interleave/worker-lifecycle';

const STATUS_FILE = '/proc/self/status';

/** Numbers of the cores that this process may use, at most as many as its CPU quota is worth. */
export function findCores(): number[] {
  const count = availableParallelism();
  const list = existsSync(STATUS_FILE) ? /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync(STATUS_FILE, 'utf8'))?.[1] : undefined;
  const cores = list === undefined ? [] : parseCoreList(list);
  return cores.length > 0 ? cores.slice(0, count) : Array.from({ length: count }, (_, core) => core);
}
