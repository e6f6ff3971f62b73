import { AppError } from '@interleave/kernel';
import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';

/** Checks a body against its DTO; what is wrong becomes a 400 that names the field. */
export const bodyPipe = new ValidationPipe({
  transform: true,
  exceptionFactory: (errors: ValidationError[]) => {
    const [first] = errors;
    const sentences = errors.flatMap(({ constraints }) => Object.values(constraints ?? {}));
    return new AppError('invalid_request', `${sentences.join('; ')}.`, { param: first?.property });
  },
});
