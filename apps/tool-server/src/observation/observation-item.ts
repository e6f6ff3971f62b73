import type { GetObservationRequestDto } from '@interleave/contracts';
import { AppError } from '@interleave/kernel';

/** One action of one trajectory. */
export interface ObservationItem {
  readonly trajectoryId: string;
  readonly action: string;
  readonly stdin: string | null;
  /** The trajectory has ended: nothing is run. */
  readonly isFinished: boolean;
  /** The trajectory ends after this action. */
  readonly isLastStep: boolean;
}

/** @throws AppError `invalid_request` when the lists don't fit together */
export function toObservationItems(body: GetObservationRequestDto): ObservationItem[] {
  const { trajectory_ids: ids, actions } = body;
  if (ids.length === 0) throw new AppError('invalid_request', 'trajectory_ids is empty.', { param: 'trajectory_ids' });
  for (const name of ['actions', 'extra_fields', 'finish', 'is_last_step'] as const) {
    const length = body[name]?.length ?? ids.length;
    if (length !== ids.length) {
      throw new AppError('invalid_request', `${name} has ${length} elements, but trajectory_ids has ${ids.length}.`, { param: name });
    }
  }
  return ids.map((trajectoryId, index) => {
    const extra = body.extra_fields?.[index] ?? {};
    const stdin = extra['stdin'];
    return {
      trajectoryId,
      action: actions[index] ?? '',
      stdin: typeof stdin === 'string' && stdin !== '' ? stdin : null,
      isFinished: Boolean(extra['finish'] ?? body.finish?.[index]),
      isLastStep: Boolean(extra['is_last_step'] ?? body.is_last_step?.[index]),
    };
  });
}
