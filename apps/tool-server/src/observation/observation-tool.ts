import type { ExtractedProgram } from '@interleave/sandbox';
import type { ObservationItem } from './observation-item';

/** What a trainer reads of one action. */
export interface Observation {
  readonly observation: string | Record<string, unknown>;
  readonly isDone: boolean;
  readonly isValid: boolean;
}

/** One of VerlTool's tools. */
export interface ObservationTool {
  readonly name: string;
  readonly usage: string;
  run(item: ObservationItem, program: ExtractedProgram, signal: AbortSignal): Promise<Observation>;
  /** The trajectory has ended: what is kept for it goes. */
  forget(trajectoryId: string): Promise<void>;
}
