import { StringDecoder } from 'node:string_decoder';
import { AppError } from '@interleave/kernel';

/** One event of the tool server's stream, its data not yet parsed. */
export interface NamedEvent {
  readonly name: string;
  readonly data: string;
}

/** A result holds at most what a call may write, and its figures. */
const MAX_EVENT_CHARACTERS = 128 * 1024 * 1024;

/** The named events of a stream of server-sent events, as the tool server writes them: a line of each field, comments in between. */
export async function* readNamedEvents(bytes: AsyncIterable<Buffer>): AsyncGenerator<NamedEvent, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let length = 0;
  let name = '';
  for await (const part of bytes) {
    let text = decoder.write(part);
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const line = [...parts, text.slice(0, end)].join('').replace(/\r$/, '');
      [parts, length] = [[], 0];
      text = text.slice(end + 1);
      if (line.startsWith('event:')) name = line.slice('event:'.length).trim();
      else if (line.startsWith('data:')) yield { name, data: line.slice(line.charAt(5) === ' ' ? 6 : 5) };
      else if (line === '') name = '';
    }
    parts.push(text);
    length += text.length;
    if (length > MAX_EVENT_CHARACTERS) throw new AppError('sandbox_unavailable', 'The tool server sent an event without end.');
  }
}
