import type { RuntimeName } from '../cases/hostile-case';
import type { SandboxClient } from './sandbox-client';
import type { ToolServerProcess } from './tool-server-process';

/** What a scenario has at hand. */
export interface Lab {
  readonly runtime: RuntimeName;
  readonly server: ToolServerProcess;
  readonly client: SandboxClient;
  /** Milliseconds beyond its time limit after which an answer is late: grace, and what the machine may need on top. */
  readonly lateAfterMs: number;
}
