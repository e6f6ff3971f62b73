import { AppError } from '@interleave/kernel';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space, or name another directory, and run the same command again',
  EDQUOT: 'the disk quota is used up: free some space, or name another directory, and run the same command again',
  EROFS: 'the file system is read-only: name another directory',
  EACCES: 'permission is denied: name a directory that you may write to',
  EPERM: 'permission is denied: name a directory that you may write to',
  ENOENT: 'it does not exist and cannot be made: name another directory',
  ENOTDIR: 'a part of the path is a file: name a directory',
  EISDIR: 'it is a directory, where a file is wanted',
};

/** Writes to disk; what the system says against it becomes a sentence about `path`. */
export async function writing<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw error;
    throw new AppError('invalid_request', `${path} can't be written: ${reason}.`, { cause: error });
  }
}
