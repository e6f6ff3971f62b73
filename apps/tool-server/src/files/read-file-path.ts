import { AppError } from '@interleave/kernel';

const MAX_PATH_BYTES = 1024;
const MAX_NAME_BYTES = 255;
// eslint-disable-next-line no-control-regex -- these are what is looked for
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

/**
 * A path as it stands in the URL → a path below the working directory. The sandbox checks it again, and follows no links.
 * @throws AppError `invalid_request` that says which paths there are
 */
export function readFilePath(encoded: string): string {
  const path = decode(encoded);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw wrong(`is longer than ${MAX_PATH_BYTES} bytes`);
  if (CONTROL_CHARACTERS.test(path)) throw wrong('holds a control character');
  const names = path.split('/');
  if (names.includes('')) throw wrong('is empty, or has an empty part');
  if (names.includes('.') || names.includes('..')) throw wrong('has a part that is "." or ".."');
  if (names.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES)) throw wrong(`has a part that is longer than ${MAX_NAME_BYTES} bytes`);
  return path;
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (_notUtf8) {
    throw wrong('is not percent-encoded UTF-8');
  }
}

function wrong(what: string): AppError {
  return new AppError('invalid_request', `The path ${what}: it must be relative to the working directory, like "data/input.csv".`, {
    param: 'path',
  });
}
