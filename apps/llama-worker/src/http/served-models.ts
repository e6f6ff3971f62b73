import { AppError } from '@interleave/kernel';

/** The names under which the one model is served. */
export class ServedModels {
  constructor(readonly names: readonly string[]) {}

  /** The name to answer with. @throws AppError `model_not_found` */
  resolve(asked: string | undefined): string {
    if (asked === undefined) return this.names[0] ?? '';
    if (this.names.includes(asked)) return asked;
    throw new AppError('model_not_found', `The model \`${asked}\` does not exist; this worker serves ${this.names.join(', ')}.`, {
      param: 'model',
    });
  }
}
