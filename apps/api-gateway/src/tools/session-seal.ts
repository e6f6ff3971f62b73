import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AppError } from '@interleave/kernel';
import type { ResumedSession } from './sandbox-session';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PREFIX = 'sess_';
const MAX_CHARACTERS = 1024;

/**
 * Ids of sandbox sessions for clients: sealed, so that no gateway has to remember them, nobody can guess or change one, and only the API key that it
 * was issued to can use it. Gateways that share a service token open each other's.
 */
export class SessionSeal {
  private readonly key: Buffer;

  constructor(serviceToken: string | undefined) {
    this.key = Buffer.from(hkdfSync('sha256', serviceToken ?? randomBytes(32), '', 'interleave session ids', 32));
  }

  /** @param owner whoever may use it: the API key that the request came with */
  issue(session: ResumedSession, owner: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce).setAAD(Buffer.from(owner));
    const text = Buffer.concat([cipher.update(JSON.stringify([session.sessionId, session.calls]), 'utf8'), cipher.final()]);
    return PREFIX + Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
  }

  /** @throws AppError `invalid_request` for anything that was not issued to this owner */
  open(id: string, owner: string): ResumedSession {
    try {
      if (!id.startsWith(PREFIX) || id.length > MAX_CHARACTERS) throw new Error('not one of ours');
      const bytes = Buffer.from(id.slice(PREFIX.length), 'base64url');
      const decipher = createDecipheriv(CIPHER, this.key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
      const [sessionId, calls] = JSON.parse(text) as [string, number];
      return { sessionId, calls };
    } catch (error) {
      throw new AppError('invalid_request', 'interleave.session_id is not one that was issued to this API key.', {
        param: 'interleave.session_id',
        cause: error,
      });
    }
  }
}
