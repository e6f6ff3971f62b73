import { readFileSync, readlinkSync } from 'node:fs';
import { descriptorsOf, processIds, residentBytesOf } from '../../harness/processes';
import type { RuntimeName } from '../cases/hostile-case';
import { containersOf } from '../../harness/sandbox-containers';
import type { ToolServerProcess } from './tool-server-process';

const SETTLE_MS = 40_000;
const LOOK_EVERY_MS = 300;
const MIB = 2 ** 20;
/** The heap of Node grows until it is worth collecting: this much is not a leak, but a flood kept in memory is more. */
const RSS_SLACK_BYTES = 192 * MIB;
const DESCRIPTOR_SLACK = 6;
/** The engine's stream and the line past it; of those there may be more after the attacks than before, as more sandboxes are kept ready. */
const DESCRIPTORS_OF_A_SANDBOX: Readonly<Record<RuntimeName, number>> = { runc: 2, runsc: 1, wasm: 0 };
/** PID 1, the session that waits for its first call, and its copy. */
const MAX_PROCESSES_AT_REST = 3;

export interface Vitals {
  readonly rssBytes: number | null;
  /** Beside those of idle sandboxes. */
  readonly descriptors: number | null;
  readonly children: number;
}

/** A tool server at rest before the attacks, and whether it comes back to that. */
export class Health {
  private constructor(
    private readonly server: ToolServerProcess,
    readonly baseline: Vitals,
  ) {}

  static async takeBaseline(server: ToolServerProcess): Promise<Health> {
    const settled = await settle(() => poolComplaints(server));
    if (settled.length > 0) throw new Error(`the tool server does not come to rest: ${settled.join('; ')}`);
    return new Health(server, await vitalsOf(server));
  }

  /** With no session open: pool full, memory and descriptors as before, nothing left over. What is wrong after a while of waiting, in sentences. */
  async complaints(): Promise<readonly string[]> {
    return settle(async () => [...(await poolComplaints(this.server)), ...(await this.vitalComplaints()), ...(await this.leftovers())]);
  }

  private async vitalComplaints(): Promise<readonly string[]> {
    const now = await vitalsOf(this.server);
    const wrong: string[] = [];
    if (now.rssBytes !== null && this.baseline.rssBytes !== null && now.rssBytes > this.baseline.rssBytes + RSS_SLACK_BYTES) {
      wrong.push(`G1: the server holds ${Math.round(now.rssBytes / MIB)} MiB, before it was ${Math.round(this.baseline.rssBytes / MIB)}`);
    }
    if (now.descriptors !== null && this.baseline.descriptors !== null && now.descriptors > this.baseline.descriptors + DESCRIPTOR_SLACK) {
      wrong.push(
        `G1: the server holds ${now.descriptors} descriptors beside those of idle sandboxes, before it was ${this.baseline.descriptors}`,
      );
    }
    return wrong;
  }

  private async leftovers(): Promise<readonly string[]> {
    const { server } = this;
    const { slots, instance } = await server.running.ready();
    if (server.runtime === 'wasm') {
      const children = childrenOf(server.pid).length;
      const wanted = slots?.idle ?? 0;
      return children > Math.max(wanted, this.baseline.children) ? [`G5: ${children} child processes for ${wanted} sandboxes`] : [];
    }
    const children = childrenOf(server.pid).length;
    const wrong = children > 0 ? [`G5: the server has ${children} child processes`] : [];
    const containers = await containersOf(instance ?? '');
    if (containers.length !== slots?.idle) wrong.push(`G5: ${containers.length} containers for ${slots?.idle} sandboxes`);
    // What runs inside gVisor is not seen from the host.
    if (server.runtime === 'runc') for (const { pid } of containers) wrong.push(...processComplaints(pid));
    return wrong;
  }
}

async function poolComplaints(server: ToolServerProcess): Promise<readonly string[]> {
  const { slots } = await server.running.ready();
  const wrong: string[] = [];
  if (!slots) return ['G4: /ready says nothing of the pool'];
  if (slots.idle < server.poolSize) wrong.push(`G4: ${slots.idle} idle sandboxes of ${server.poolSize}`);
  if (slots.leased > 0) wrong.push(`G4: ${slots.leased} sandboxes are still leased`);
  if (slots.creating > 0) wrong.push(`G4: ${slots.creating} sandboxes are still being created`);
  return wrong;
}

function processComplaints(initPid: number): readonly string[] {
  const namespace = namespaceOf(initPid);
  if (namespace === null) return [];
  const states = processIds().flatMap((pid) => (namespaceOf(pid) === namespace ? [stateOf(pid)] : []));
  const wrong: string[] = [];
  if (states.length > MAX_PROCESSES_AT_REST) wrong.push(`G5: ${states.length} processes in an idle sandbox`);
  if (states.includes('Z')) wrong.push('G5: a zombie in an idle sandbox');
  return wrong;
}

function namespaceOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch (_goneOrNotOurs) {
    return null;
  }
}

function statOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^[^]*\) /, '')
      .split(' ');
  } catch (_gone) {
    return [];
  }
}

const stateOf = (pid: number): string => statOf(pid)[0] ?? '';

export function childrenOf(parent: number): readonly number[] {
  return processIds().filter((pid) => statOf(pid)[1] === String(parent));
}

async function vitalsOf(server: ToolServerProcess): Promise<Vitals> {
  const { slots } = await server.running.ready();
  const ofSandboxes = DESCRIPTORS_OF_A_SANDBOX[server.runtime] * (slots?.idle ?? 0);
  const descriptors = descriptorsOf(server.pid);
  return {
    rssBytes: residentBytesOf(server.pid),
    descriptors: descriptors === null ? null : descriptors - ofSandboxes,
    children: childrenOf(server.pid).length,
  };
}

/** What is still wrong after a while of waiting. */
export async function settle(complaints: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const found = await complaints();
    if (found.length === 0 || performance.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
