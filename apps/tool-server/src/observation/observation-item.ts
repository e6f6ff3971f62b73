import type { PythonValue } from '@interleave/sandbox';

/** One action of one trajectory. */
export interface ObservationItem {
  readonly trajectoryId: string;
  readonly action: string;
  /** `stdin` of its extra fields, as it came. */
  readonly stdin: unknown;
  /** `public_tests` of its extra fields; null without any. */
  readonly tests: PythonValue;
  readonly timeoutMs: number;
  /** The trajectory has ended: nothing is run. */
  readonly isFinished: boolean;
  /** The trajectory ends after this action. */
  readonly isLastStep: boolean;
}
