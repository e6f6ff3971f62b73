import type { ToolServerSettings } from '@interleave/settings';
import type { CallRecorder } from '../metrics/call-recorder';
import type { RunGate } from '../pool/run-gate';
import type { SandboxPool } from '../pool/sandbox-pool';
import type { SessionRegistry } from '../sessions/session-registry';
import { IpythonCodeTool } from './ipython-code-tool';
import { ObservationDispatcher } from './observation-dispatcher';
import { PythonCodeTool } from './python-code-tool';
import { PythonOjTool } from './python-oj-tool';
import { ScriptRunner } from './script-runner';
import { TrajectorySessions } from './trajectory-sessions';

/** A batch of new trajectories may find few warm sandboxes; the last of many is created long after the first. */
const MIN_TRAJECTORY_QUEUE_MS = 2 * 60_000;

/** So that a batch of programs that sleep leaves room for other sessions. */
const MAX_SCRIPT_SANDBOXES = 64;

/** What the tools of `/get_observation` run in. */
export interface ObservationResources {
  readonly sessions: SessionRegistry;
  readonly recorder: CallRecorder;
  readonly pool: SandboxPool;
  readonly gate: RunGate;
}

/** The tools that the settings name, in their order. */
export function createDispatcher(
  settings: ToolServerSettings,
  { sessions, recorder, pool, gate }: ObservationResources,
): ObservationDispatcher {
  const runner = new ScriptRunner(sessions, recorder, gate, Math.min(pool.maxSlots, MAX_SCRIPT_SANDBOXES));
  const trajectories = new TrajectorySessions(sessions, Math.max(settings.sessionQueueTimeout * 1000, MIN_TRAJECTORY_QUEUE_MS));
  const tools = {
    python_code: new PythonCodeTool(runner),
    ipython_code: new IpythonCodeTool(trajectories, recorder),
    python_oj: new PythonOjTool(runner, settings.maxToolTimeout * 1000),
  };
  const names = settings.toolType.filter((name) => name !== 'finish');
  return new ObservationDispatcher(
    names.map((name) => tools[name]),
    settings.doneIfInvalid,
  );
}
