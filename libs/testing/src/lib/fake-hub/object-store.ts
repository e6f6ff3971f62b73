import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, statSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';

/** Large files by their SHA-256, in a folder. What was received is only an object when its hash is the one it was announced with. */
export class ObjectStore {
  /** Bytes of the objects that are whole. */
  keptBytes = 0;

  constructor(private readonly folder: string) {}

  has(oid: string, bytes: number): boolean {
    return existsSync(this.path(oid)) && statSync(this.path(oid)).size === bytes;
  }

  /** Null where there is none. */
  size(oid: string): number | null {
    return existsSync(this.path(oid)) ? statSync(this.path(oid)).size : null;
  }

  /** @returns its SHA-256 */
  async add(content: Buffer): Promise<string> {
    const oid = createHash('sha256').update(content).digest('hex');
    await writeFile(this.path(oid), content);
    return oid;
  }

  path(oid: string): string {
    return join(this.folder, oid);
  }

  /** @returns MD5 in quotes, as S3 makes an ETag */
  async putPart(oid: string, part: number, body: Readable): Promise<string> {
    const hash = createHash('md5');
    body.on('data', (chunk: Buffer) => hash.update(chunk));
    await pipeline(body, createWriteStream(this.partPath(oid, part)));
    return `"${hash.digest('hex')}"`;
  }

  /** @returns false when the parts don't make this object */
  async complete(oid: string, parts: number): Promise<boolean> {
    const whole = `${this.path(oid)}.whole`;
    const hash = createHash('sha256');
    const out = createWriteStream(whole);
    for (let part = 1; part <= parts; part += 1) {
      const path = this.partPath(oid, part);
      if (!existsSync(path)) return false;
      for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        if (!out.write(chunk)) await new Promise((resolve) => out.once('drain', () => resolve(null)));
      }
      await rm(path);
    }
    await new Promise<void>((resolve) => out.end(resolve));
    const isRight = hash.digest('hex') === oid;
    if (!isRight) await rm(whole);
    else {
      this.keptBytes += statSync(whole).size;
      await rename(whole, this.path(oid));
    }
    return isRight;
  }

  private partPath(oid: string, part: number): string {
    return `${this.path(oid)}.part${part}`;
  }
}
