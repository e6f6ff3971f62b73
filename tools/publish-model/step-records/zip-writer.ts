import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';

const ZIP64_VERSION = 45;
const UTF8_WITH_SIZES_AFTER_DATA = 0x0808;
const DEFLATED = 8;
const IN_ZIP64_FIELD = 0xffffffff;
const IN_ZIP64_FIELD_16 = 0xffff;
const UNIX = 3;
const REGULAR_FILE_MODE = 0o100644;
/** The format's clock begins then. */
const OLDEST = new Date(1980, 0, 1);

interface Entry {
  readonly name: Buffer;
  readonly modified: Date;
  readonly offset: number;
  readonly crc: number;
  readonly bytes: number;
  readonly compressedBytes: number;
}

/**
 * Writes a zip archive as a stream: no file is held in memory, and neither a file, the archive nor their number has a limit (zip64 throughout).
 * The same files with the same times give the same bytes.
 */
export class ZipWriter {
  private offset = 0;
  private readonly entries: Entry[] = [];

  constructor(private readonly out: Writable) {}

  async add(name: string, path: string, modified: Date): Promise<void> {
    const encoded = Buffer.from(name, 'utf8');
    const offset = this.offset;
    const { time, date } = dosTime(modified);
    // Sizes aren't known yet: they follow the data, in eight bytes each, which the empty zip64 field announces.
    await this.write(
      fields(
        [4, 0x04034b50],
        [2, ZIP64_VERSION],
        [2, UTF8_WITH_SIZES_AFTER_DATA],
        [2, DEFLATED],
        [2, time],
        [2, date],
        [4, 0],
        [4, IN_ZIP64_FIELD],
        [4, IN_ZIP64_FIELD],
        [2, encoded.length],
        [2, 20],
      ),
      encoded,
      fields([2, 1], [2, 16], [8, 0], [8, 0]),
    );
    const { crc, bytes, compressedBytes } = await this.deflate(path);
    await this.write(fields([4, 0x08074b50], [4, crc], [8, compressedBytes], [8, bytes]));
    this.entries.push({ name: encoded, modified, offset, crc, bytes, compressedBytes });
  }

  /** The directory of the archive; nothing can be added after it. */
  async end(): Promise<void> {
    const start = this.offset;
    for (const { name, modified, offset, crc, bytes, compressedBytes } of this.entries) {
      const { time, date } = dosTime(modified);
      await this.write(
        fields(
          [4, 0x02014b50],
          [1, ZIP64_VERSION],
          [1, UNIX],
          [2, ZIP64_VERSION],
          [2, UTF8_WITH_SIZES_AFTER_DATA],
          [2, DEFLATED],
          [2, time],
          [2, date],
        ),
        fields(
          [4, crc],
          [4, IN_ZIP64_FIELD],
          [4, IN_ZIP64_FIELD],
          [2, name.length],
          [2, 28],
          [2, 0],
          [2, 0],
          [2, 0],
          [4, REGULAR_FILE_MODE * 0x10000],
          [4, IN_ZIP64_FIELD],
        ),
        name,
        fields([2, 1], [2, 24], [8, bytes], [8, compressedBytes], [8, offset]),
      );
    }
    const { offset: end } = this;
    const count = this.entries.length;
    await this.write(
      fields(
        [4, 0x06064b50],
        [8, 44],
        [1, ZIP64_VERSION],
        [1, UNIX],
        [2, ZIP64_VERSION],
        [4, 0],
        [4, 0],
        [8, count],
        [8, count],
        [8, end - start],
        [8, start],
      ),
      fields([4, 0x07064b50], [4, 0], [8, end], [4, 1]),
      fields(
        [4, 0x06054b50],
        [2, 0],
        [2, 0],
        [2, IN_ZIP64_FIELD_16],
        [2, IN_ZIP64_FIELD_16],
        [4, IN_ZIP64_FIELD],
        [4, IN_ZIP64_FIELD],
        [2, 0],
      ),
    );
    this.out.end();
    await once(this.out, 'finish');
  }

  private async deflate(path: string): Promise<{ crc: number; bytes: number; compressedBytes: number }> {
    let crc = 0;
    let bytes = 0;
    let compressedBytes = 0;
    async function* counted(): AsyncGenerator<Buffer> {
      for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
        crc = crc32(chunk, crc);
        bytes += chunk.length;
        yield chunk;
      }
    }
    for await (const chunk of Readable.from(counted()).compose(createDeflateRaw()) as AsyncIterable<Buffer>) {
      compressedBytes += chunk.length;
      await this.write(chunk);
    }
    return { crc, bytes, compressedBytes };
  }

  private async write(...parts: Buffer[]): Promise<void> {
    for (const part of parts) {
      this.offset += part.length;
      if (!this.out.write(part)) await once(this.out, 'drain');
    }
  }
}

/** Little-endian integers, each as [bytes, value]. */
function fields(...values: readonly (readonly [1 | 2 | 4 | 8, number])[]): Buffer {
  const buffer = Buffer.alloc(values.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of values) {
    if (size === 8) buffer.writeBigUInt64LE(BigInt(value), at);
    else buffer.writeUIntLE(value, at, size);
    at += size;
  }
  return buffer;
}

function dosTime(when: Date): { time: number; date: number } {
  const moment = when < OLDEST ? OLDEST : when;
  return {
    time: (moment.getHours() << 11) | (moment.getMinutes() << 5) | (moment.getSeconds() >> 1),
    date: ((moment.getFullYear() - 1980) << 9) | ((moment.getMonth() + 1) << 5) | moment.getDate(),
  };
}
