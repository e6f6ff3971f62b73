/** What the decoder tells of a response, in this order. */
export interface ResponseListener {
  onHead(status: number, headers: Readonly<Record<string, string>>): void;
  /** Bytes of the body, to be used before it returns: the memory is read into again. */
  onBody(bytes: Buffer): void;
  /** @param canContinue whether the connection may carry another exchange */
  onEnd(canContinue: boolean): void;
}

/** A response that is not HTTP/1.1 as a server may send it. */
export class MalformedResponseError extends Error {}

const HEAD_END = Buffer.from('\r\n\r\n');
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: [^\r\n]*)?(?:\r\n|$)/;
const MAX_HEAD_BYTES = 64 * 1024;
/** Of what stands in a line beside its meaning: extensions of a chunk, trailers. */
const MAX_IGNORED_BYTES = 64 * 1024;
/** 14 hexadecimal digits would be more than a number holds exactly. */
const MAX_SIZE_DIGITS = 12;
const CR = 13;
const LF = 10;
/** The end of the line, white space, or the semicolon of an extension. */
const AFTER_SIZE: ReadonlySet<number> = new Set([CR, LF, 9, 32, 59]);

type State = 'head' | 'fixed' | 'chunk-size' | 'chunk-extension' | 'chunk-data' | 'chunk-end' | 'trailer' | 'until-close' | 'done';

/**
 * Takes the bytes of responses apart, one response at a time (RFC 9112). The body of what was read at once is told at once,
 * however many chunks it came in: chunks are moved together where they lie, so nothing is copied into new memory.
 */
export class ResponseDecoder {
  private state: State = 'head';
  /** The beginning of a head that has not come whole. */
  private headStart: Buffer | null = null;
  private isHeadRequest = false;
  private canContinue = true;
  /** Bytes of the body, or of the chunk, that are still to come. */
  private remaining = 0;
  private sizeDigits = 0;
  private ignoredBytes = 0;
  private lineLength = 0;

  constructor(private readonly listener: ResponseListener) {}

  /** Before each response. */
  expect(isHeadRequest: boolean): void {
    this.state = 'head';
    this.headStart = null;
    this.isHeadRequest = isHeadRequest;
    this.canContinue = true;
  }

  /**
   * Takes what was read; it may be changed. What comes after the end of the response makes the connection unfit for another.
   * @throws MalformedResponseError
   */
  push(bytes: Buffer): void {
    let at = 0;
    // Where the part of the body that was read begins and ends, moved together.
    let from = 0;
    let to = 0;
    while (at < bytes.length && this.state !== 'done') {
      if (this.state === 'head') at = this.readHead(bytes, at);
      else if (this.state === 'chunk-data' || this.state === 'fixed' || this.state === 'until-close') {
        const count = this.state === 'until-close' ? bytes.length - at : Math.min(this.remaining, bytes.length - at);
        if (from === to) from = to = at;
        if (to !== at) bytes.copyWithin(to, at, at + count);
        to += count;
        at += count;
        this.bodyRead(count);
      } else {
        this.readFraming(bytes[at] as number);
        at += 1;
      }
    }
    if (to > from) this.listener.onBody(bytes.subarray(from, to));
    if (this.state !== 'done') return;
    this.listener.onEnd(this.canContinue && at === bytes.length);
  }

  /** The server has closed the connection. @returns whether that ends the response as it should */
  close(): boolean {
    if (this.state !== 'until-close') return false;
    this.state = 'done';
    this.listener.onEnd(false);
    return true;
  }

  private bodyRead(count: number): void {
    if (this.state === 'until-close') return;
    this.remaining -= count;
    if (this.remaining === 0) this.state = this.state === 'fixed' ? 'done' : 'chunk-end';
  }

  /** One byte of what stands between the chunks. */
  private readFraming(byte: number): void {
    switch (this.state) {
      case 'chunk-size': {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          if ((this.sizeDigits += 1) > MAX_SIZE_DIGITS) throw new MalformedResponseError('A chunk is too large.');
          this.remaining = this.remaining * 16 + digit;
          return;
        }
        if (this.sizeDigits === 0 || !AFTER_SIZE.has(byte)) throw new MalformedResponseError('A chunk has no size.');
        this.ignoredBytes = 0;
        this.state = 'chunk-extension';
        this.readFraming(byte);
        return;
      }
      case 'chunk-extension':
        if (byte === LF) {
          this.state = this.remaining > 0 ? 'chunk-data' : 'trailer';
          this.lineLength = this.ignoredBytes = 0;
        } else this.ignore();
        return;
      case 'chunk-end':
        if (byte === CR) return;
        if (byte !== LF) throw new MalformedResponseError('A chunk is longer than its size.');
        this.expectChunk();
        return;
      case 'trailer':
        if (byte === LF) {
          if (this.lineLength === 0) this.state = 'done';
          this.lineLength = 0;
        } else if (byte !== CR) {
          this.lineLength += 1;
          this.ignore();
        }
        return;
      default:
        throw new MalformedResponseError(`No byte of the framing is expected here (${this.state}).`);
    }
  }

  private ignore(): void {
    if ((this.ignoredBytes += 1) > MAX_IGNORED_BYTES) throw new MalformedResponseError('A line of the framing is too long.');
  }

  private expectChunk(): void {
    this.state = 'chunk-size';
    this.remaining = this.sizeDigits = 0;
  }

  /** @returns where to read on */
  private readHead(bytes: Buffer, at: number): number {
    const { headStart } = this;
    if (headStart === null) {
      const end = bytes.indexOf(HEAD_END, at);
      if (end >= 0) {
        this.begin(bytes.toString('latin1', at, end));
        return end + HEAD_END.length;
      }
      this.keepHead(Buffer.from(bytes.subarray(at)));
      return bytes.length;
    }
    const known = Buffer.concat([headStart, bytes.subarray(at)]);
    const end = known.indexOf(HEAD_END, Math.max(0, headStart.length - HEAD_END.length));
    if (end < 0) {
      this.keepHead(known);
      return bytes.length;
    }
    this.headStart = null;
    this.begin(known.toString('latin1', 0, end));
    return at + end + HEAD_END.length - headStart.length;
  }

  private keepHead(bytes: Buffer): void {
    if (bytes.length > MAX_HEAD_BYTES) throw new MalformedResponseError('The head of the response is too long.');
    this.headStart = bytes;
  }

  private begin(head: string): void {
    const [, minor, code] = STATUS_LINE.exec(head) ?? [];
    if (code === undefined) throw new MalformedResponseError('The response is not HTTP/1.1.');
    const status = Number(code);
    if (status === 101) throw new MalformedResponseError('The server changes the protocol unasked.');
    // Interim: the response is still to come.
    if (status < 200) return;
    const headers = parseFields(head);
    const { connection, 'transfer-encoding': coding, 'content-length': length } = headers;
    this.canContinue = minor === '1' && !/\bclose\b/i.test(connection ?? '');
    this.listener.onHead(status, headers);
    if (this.isHeadRequest || status === 204 || status === 304) this.state = 'done';
    else if (coding !== undefined) {
      if (coding.toLowerCase() !== 'chunked') throw new MalformedResponseError(`The transfer coding ${coding} is unknown.`);
      this.expectChunk();
    } else if (length !== undefined) {
      if (!/^\d{1,15}$/.test(length)) throw new MalformedResponseError('The length of the response is no number.');
      this.remaining = Number(length);
      this.state = this.remaining === 0 ? 'done' : 'fixed';
    } else this.state = 'until-close';
  }
}

/** Fields by name, in lower case; one that is sent several times has its values in a row. */
function parseFields(head: string): Record<string, string> {
  const fields = { __proto__: null } as unknown as Record<string, string>;
  for (let start = head.indexOf('\r\n'); start >= 0;) {
    const from = start + 2;
    start = head.indexOf('\r\n', from);
    const end = start < 0 ? head.length : start;
    const colon = head.indexOf(':', from);
    if (colon <= from || colon > end) throw new MalformedResponseError('A line of the head is no field.');
    const name = head.slice(from, colon).toLowerCase();
    const value = head.slice(colon + 1, end).trim();
    const known = fields[name];
    fields[name] = known === undefined ? value : `${known}, ${value}`;
  }
  return fields;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
