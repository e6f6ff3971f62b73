import { StringDecoder } from 'node:string_decoder';
import { AppError } from '@interleave/kernel';

/** A frame holds one step of a generation; one that grows beyond this is not from an engine. */
const MAX_FRAME_CHARACTERS = 16 * 1024 * 1024;

/** The `data:` payloads of a stream of server-sent events; comments and other fields are skipped. */
export async function* readDataFrames(bytes: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  for await (const part of bytes) {
    pending += decoder.write(part);
    let start = 0;
    for (let end = pending.indexOf('\n', start); end >= 0; end = pending.indexOf('\n', start)) {
      const line = pending.charCodeAt(end - 1) === 13 && end > start ? pending.slice(start, end - 1) : pending.slice(start, end);
      start = end + 1;
      if (line.startsWith('data:')) yield line.slice(line.charCodeAt(5) === 32 ? 6 : 5);
    }
    pending = pending.slice(start);
    if (pending.length > MAX_FRAME_CHARACTERS) throw new AppError('worker_lost', 'The worker sent a frame without end.');
  }
}
