import { createWriteStream, readdirSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { AppError } from '@interleave/kernel';
import { ZipWriter } from './zip-writer';

export const STEP_RECORDS = 'step_records.zip';

export interface StepRecords {
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly path: string; readonly bytes: number; readonly modified: Date }[];
  readonly bytes: number;
}

/** The files of a directory of step records, by name. An archive made before is left out; links are not followed. */
export function findStepRecords(folder: string): StepRecords {
  const files = filesIn(folder)
    .map((path) => ({ path, name: relative(folder, path).split(sep).join('/') }))
    .filter(({ name }) => name !== STEP_RECORDS)
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .map(({ path, name }) => {
      const { size, mtime } = statSync(path);
      return { path, name: `${basename(folder)}/${name}`, bytes: size, modified: mtime };
    });
  if (files.length === 0)
    throw new AppError('invalid_request', `${folder} holds no files: --step-records names the directory of a run's step records.`);
  return { folder, files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

export async function zipStepRecords({ files }: StepRecords, path: string, onBytes: (bytes: number) => void): Promise<void> {
  const out = createWriteStream(path);
  const broken = new Promise<never>((_resolve, reject) => out.once('error', reject));
  const zip = new ZipWriter(out);
  const all = async (): Promise<void> => {
    for (const file of files) {
      await zip.add(file.name, file.path, file.modified);
      onBytes(file.bytes);
    }
    await zip.end();
  };
  try {
    await Promise.race([all(), broken]);
  } finally {
    out.destroy();
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  } catch (error) {
    throw new AppError(
      'invalid_request',
      `${folder} is no directory that can be read: --step-records names the directory of a run's step records.`,
      {
        cause: error,
      },
    );
  }
}
