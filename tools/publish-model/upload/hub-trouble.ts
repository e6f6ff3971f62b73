import { HubApiError } from '@huggingface/hub';
import { AppError } from '@interleave/kernel';
import { isRetriedStatus } from './retry';

const NETWORK_CODE = /^(UND_ERR_|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH)/;

/** What broke a connection, in the system's short words; null for any other error. fetch hides it one level down. */
export function networkCode(error: unknown): string | null {
  const outer = error as { code?: unknown; cause?: { code?: unknown } } | null;
  const code = [outer?.code, outer?.cause?.code].find((candidate) => typeof candidate === 'string' && NETWORK_CODE.test(candidate));
  return typeof code === 'string' ? code : null;
}

/** A connection that broke, or a server in trouble: after a while the same may succeed. */
export function isPassing(error: unknown): boolean {
  if (error instanceof HubApiError) return isRetriedStatus(error.statusCode);
  return networkCode(error) !== null;
}

/** What the hub answered, as a sentence that says what to do. URLs are left out: those of uploads are signed. */
export function hubTrouble(error: unknown, repository: string, endpoint: string): unknown {
  if (error instanceof AppError) return error;
  if (!(error instanceof HubApiError)) {
    const code = networkCode(error) ?? ((error as Error | null)?.message === 'fetch failed' ? 'it is no address that can be asked' : null);
    if (code === null) return error;
    return new AppError(
      'internal',
      `${endpoint} can't be reached (${code}): check the network and HF_ENDPOINT, and run the same command again.`,
      { cause: error },
    );
  }
  const said = withoutUrls(error.message);
  switch (error.statusCode) {
    case 401:
      return new AppError('invalid_api_key', `The hub does not know this token: set HF_TOKEN to one that is valid (${said}).`, {
        cause: error,
      });
    case 402:
    case 413:
    case 507:
      return noSpace(said, error);
    case 403:
      if (/storage|quota|no space|limit reached/i.test(said)) return noSpace(said, error);
      return new AppError(
        'invalid_request',
        `This token may not write to ${repository}: use one with the right to write there, or another name (${said}).`,
        { cause: error },
      );
    case 404:
      return new AppError('not_found', `${repository} is not there, or this token may not see it (${said}).`, { cause: error });
    case 409:
    case 412:
      return new AppError(
        'conflict',
        `Someone else has changed ${repository} meanwhile: look at it, and run the same command again (${said}).`,
        { cause: error },
      );
    default:
      return new AppError(
        'internal',
        `The hub answered ${error.statusCode} and goes on doing so: run the same command again later, it goes on where it stopped (${said}).`,
        {
          cause: error,
        },
      );
  }
}

function noSpace(said: string, cause: unknown): AppError {
  return new AppError(
    'invalid_request',
    `The hub has no space left for this account: free some, or upload to another organisation (${said}).`,
    { cause },
  );
}

function withoutUrls(message: string): string {
  return message
    .replace(/\.? ?URL: \S+/g, '')
    .replace(/https?:\/\/\S+/g, '…')
    .replace(/hf_\w+/g, 'hf_…')
    .slice(0, 300)
    .replace(/\.$/, '');
}
