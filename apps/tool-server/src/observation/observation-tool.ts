import type { ExtractedProgram } from '@interleave/sandbox';
import type { ObservationItem } from './observation-item';

/** What a trainer reads of one action. */
export interface Observation {
  readonly observation: string | Readonly<Record<string, unknown>>;
  readonly isDone: boolean;
  readonly isValid: boolean;
  /** How long it was waited for a sandbox and a turn. */
  readonly waitedMs: number;
}

/** One of VerlTool's tools. */
export interface ObservationTool {
  readonly name: string;
  /** What the model is told when its action is for no tool: these words are part of the wire. */
  readonly usage: string;
  /** Null when there is nothing in the action for this tool. */
  parse(action: string): ExtractedProgram | null;
  run(item: ObservationItem, program: ExtractedProgram, signal: AbortSignal): Promise<Observation>;
  /** The trajectory has ended: what is kept for it goes. */
  forget(trajectoryId: string): Promise<void>;
}
