import { BodyFields } from '../validation/body-fields';
import { CHECKPOINTS, STYLES } from '../validation/choices';
import type { SessionDefaults } from './session';

/**
 * Body of `POST /v1/sessions` → what its calls have in common, as far as the client says so.
 * @throws AppError `invalid_request` that names the field and says what is allowed
 */
export function readSessionOptions(body: unknown): Partial<SessionDefaults> {
  const fields = new BodyFields(body, ['checkpoint', 'style']);
  const checkpoint = fields.oneOf('checkpoint', CHECKPOINTS);
  const style = fields.oneOf('style', STYLES);
  return { ...(checkpoint !== undefined && { checkpoint }), ...(style !== undefined && { style }) };
}
