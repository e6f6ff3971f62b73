export type StreamName = 'stdout' | 'stderr';

/** Where what is kept goes. */
export interface CaptureSink {
  output(stream: StreamName, bytes: Uint8Array): void;
  gap(stream: StreamName, droppedBytes: number): void;
}

interface Segment {
  readonly stream: StreamName;
  bytes: Uint8Array;
}

/** Written in all; beyond it the call is killed. */
const FLOOD_BYTES = 64 * 2 ** 20;
/** Bounds our memory against streams that alternate byte by byte. */
const MAX_SEGMENTS = 4096;

/** Output of one call, bounded: the head goes to the host at once, of the rest the tail is kept. As docker/sandbox/supervisor/capture.py does. */
export class Capture {
  private readonly headLeft: Record<StreamName, number>;
  private readonly tailLimit: number;
  private readonly tailBytes = { stdout: 0, stderr: 0 };
  private readonly droppedBytes = { stdout: 0, stderr: 0 };
  private tail: Segment[] = [];
  private writtenBytes = 0;

  constructor(
    keptBytes: number,
    private readonly sink: CaptureSink,
  ) {
    const head = Math.floor(keptBytes / 2);
    this.headLeft = { stdout: head, stderr: head };
    this.tailLimit = keptBytes - head;
  }

  get isFlood(): boolean {
    return this.writtenBytes > FLOOD_BYTES;
  }

  add(stream: StreamName, bytes: Uint8Array): void {
    this.writtenBytes += bytes.length;
    const head = bytes.subarray(0, this.headLeft[stream]);
    if (head.length > 0) {
      this.headLeft[stream] -= head.length;
      this.sink.output(stream, head);
    }
    if (bytes.length > head.length) this.keep(stream, bytes.subarray(head.length));
  }

  /** Sends the tails, each after the word of how much is missing before it. */
  finish(): void {
    const announced = new Set<StreamName>();
    for (const { stream, bytes } of this.tail) {
      if (this.droppedBytes[stream] > 0 && !announced.has(stream)) {
        announced.add(stream);
        this.sink.gap(stream, this.droppedBytes[stream]);
      }
      this.sink.output(stream, bytes);
    }
    this.tail = [];
  }

  private keep(stream: StreamName, bytes: Uint8Array): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - this.tailLimit));
    this.droppedBytes[stream] += bytes.length - kept.length;
    if (kept.length > 0) this.tail.push({ stream, bytes: kept });
    this.tailBytes[stream] += kept.length;
    this.makeRoom(stream);
    const [oldest] = this.tail;
    if (this.tail.length > MAX_SEGMENTS && oldest) this.joinSegments();
  }

  /** The oldest of a stream goes first. */
  private makeRoom(stream: StreamName): void {
    let surplus = this.tailBytes[stream] - this.tailLimit;
    if (surplus <= 0) return;
    this.tailBytes[stream] -= surplus;
    this.droppedBytes[stream] += surplus;
    let emptied = 0;
    for (const segment of this.tail) {
      if (surplus === 0) break;
      if (segment.stream !== stream) continue;
      const taken = Math.min(surplus, segment.bytes.length);
      segment.bytes = segment.bytes.subarray(taken);
      surplus -= taken;
      if (segment.bytes.length === 0) emptied += 1;
    }
    if (emptied > 0) this.tail = this.tail.filter(({ bytes }) => bytes.length > 0);
  }

  /** Neighbours of one stream become one; where the streams alternate too often, the oldest go. */
  private joinSegments(): void {
    const joined: { stream: StreamName; parts: Uint8Array[] }[] = [];
    for (const { stream, bytes } of this.tail) {
      const last = joined.at(-1);
      if (last?.stream === stream) last.parts.push(bytes);
      else joined.push({ stream, parts: [bytes] });
    }
    const surplus = Math.max(0, joined.length - MAX_SEGMENTS / 2);
    for (const { stream, parts } of joined.splice(0, surplus)) {
      const size = parts.reduce((sum, part) => sum + part.length, 0);
      this.tailBytes[stream] -= size;
      this.droppedBytes[stream] += size;
    }
    this.tail = joined.map(({ stream, parts }) => ({ stream, bytes: Buffer.concat(parts) }));
  }
}
