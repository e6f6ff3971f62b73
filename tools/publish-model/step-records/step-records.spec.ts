import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import { findStepRecords, zipStepRecords } from './step-records';

/** A reader that follows the zip64 records alone, as those do that meet a large archive. */
function unzip(archive: Buffer): Map<string, Buffer> {
  const locator = archive.length - 22 - 20;
  expect(archive.readUInt32LE(locator)).toBe(0x07064b50);
  const end = Number(archive.readBigUInt64LE(locator + 8));
  expect(archive.readUInt32LE(end)).toBe(0x06064b50);
  const count = Number(archive.readBigUInt64LE(end + 32));
  let at = Number(archive.readBigUInt64LE(end + 48));
  const files = new Map<string, Buffer>();
  for (let index = 0; index < count; index += 1) {
    expect(archive.readUInt32LE(at)).toBe(0x02014b50);
    const nameBytes = archive.readUInt16LE(at + 28);
    const name = archive.subarray(at + 46, at + 46 + nameBytes).toString('utf8');
    const extra = at + 46 + nameBytes;
    const [bytes, compressed, offset] = [4, 12, 20].map((place) => Number(archive.readBigUInt64LE(extra + place))) as [
      number,
      number,
      number,
    ];
    const data = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28);
    const content = inflateRawSync(archive.subarray(data, data + compressed));
    expect(content.length).toBe(bytes);
    expect(crc32(content)).toBe(archive.readUInt32LE(at + 16));
    files.set(name, content);
    at = extra + archive.readUInt16LE(at + 30);
  }
  return files;
}

describe('step records', () => {
  let root: string;
  let folder: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'records-'));
    folder = join(root, 'run');
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    writeFileSync(join(folder, 'step-1.jsonl'), '{"reward": 1}\n'.repeat(50_000));
    writeFileSync(join(folder, 'deep/er/größe.txt'), 'umlaut');
    writeFileSync(join(folder, 'empty'), '');
    writeFileSync(join(folder, 'step_records.zip'), 'made before');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const zipped = async (name: string): Promise<Buffer> => {
    const path = join(root, name);
    await zipStepRecords(findStepRecords(folder), path, () => undefined);
    return readFileSync(path);
  };

  it('are packed whole, under the name of their directory', async () => {
    const files = unzip(await zipped('a.zip'));

    expect([...files.keys()]).toEqual(['run/deep/er/größe.txt', 'run/empty', 'run/step-1.jsonl']);
    expect(files.get('run/step-1.jsonl')?.equals(readFileSync(join(folder, 'step-1.jsonl')))).toBe(true);
    expect(files.get('run/deep/er/größe.txt')?.toString('utf8')).toBe('umlaut');
  });

  it('give the same archive again, so that an upload can go on with it', async () => {
    utimesSync(join(folder, 'empty'), new Date(0), new Date(0));
    const [first, second] = [await zipped('a.zip'), await zipped('b.zip')].map((archive) =>
      createHash('sha256').update(archive).digest('hex'),
    );

    expect(first).toBe(second);
  });

  it('say when there are none', () => {
    expect(() => findStepRecords(join(root, 'nowhere'))).toThrow('is no directory that can be read');
    mkdirSync(join(root, 'bare'));
    expect(() => findStepRecords(join(root, 'bare'))).toThrow('holds no files');
  });

  it('say when the disk is full', async () => {
    await expect(zipStepRecords(findStepRecords(folder), '/dev/full', () => undefined)).rejects.toMatchObject({ code: 'ENOSPC' });
  });
});
