import { AppError } from '@interleave/kernel';

/** The reason to abort a trajectory's signal with when its time is over: it then ends with what it has, and doesn't fail. */
export class TrajectoryTimeout extends AppError {
  constructor() {
    super('deadline_exceeded', 'The time of the trajectory is over.');
  }
}
