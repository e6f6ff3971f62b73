import { linkSync } from 'node:fs';
import { systemErrorCode } from '../processes/system-error-code';

/** Gives a file a second name, whole and at once; false where somebody has that name: of two at the same moment one loses. */
export function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}
