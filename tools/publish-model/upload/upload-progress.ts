import { Progress } from '../text/progress';
import type { ManifestFile } from '../verify/manifest';

/** Bytes of an upload, file by file: what is sent counts, what the hub already has counts at once. */
export class UploadProgress extends Progress {
  /** That went out, again or not. */
  wireBytes = 0;
  private readonly left: Map<string, number>;

  constructor(files: readonly ManifestFile[]) {
    super(files.reduce((sum, { bytes }) => sum + bytes, 0));
    this.left = new Map(files.map(({ path, bytes }) => [path, bytes]));
  }

  /** Negative for bytes that have to be sent again. */
  sent(path: string, bytes: number): void {
    if (bytes > 0) this.wireBytes += bytes;
    const left = this.left.get(path) ?? 0;
    this.left.set(path, left - bytes);
    this.add(bytes);
  }

  /** Whole on the hub, however it got there. */
  isThere(path: string): void {
    this.skip(this.left.get(path) ?? 0);
    this.left.set(path, 0);
  }
}
