/** `ENOENT` and the like; null for an error that no system call made. */
export function systemErrorCode(error: unknown): string | null {
  const code: unknown = error !== null && typeof error === 'object' ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : null;
}
