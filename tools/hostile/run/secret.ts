/** Secrets are this and twelve digits. Programs that look for one hold only a pattern for it, so that they never find themselves. */
export const SECRET_PREFIX = 'SECRET-OF-ANOTHER-';
