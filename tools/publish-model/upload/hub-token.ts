import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@interleave/kernel';
import type { PublishModelSettings } from '../publish-model.settings';

/**
 * From the environment, or from the file that `hf auth login` writes.
 * @throws AppError that says how to give one
 */
export function findToken({ hfToken, hfTokenPath, hfHome }: Pick<PublishModelSettings, 'hfToken' | 'hfTokenPath' | 'hfHome'>): string {
  const path = hfTokenPath ?? join(hfHome ?? join(homedir(), '.cache/huggingface'), 'token');
  const token = hfToken ?? (existsSync(path) ? readFileSync(path, 'utf8').trim() : '');
  if (token === '') {
    throw new AppError(
      'invalid_settings',
      'There is no token for the hub: set HF_TOKEN, or HF_TOKEN_FILE to a file that holds it, or log in with `hf auth login`. It needs the right to write.',
    );
  }
  if (!/^hf_[\w-]+$/.test(token))
    throw new AppError('invalid_settings', 'The token of the hub is not one: tokens begin with hf_. Set HF_TOKEN again.');
  return token;
}
