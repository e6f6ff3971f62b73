/** One event of a `text/event-stream`: its data lines joined, its name where it has one. */
export interface ServerSentEvent {
  readonly event: string | null;
  readonly data: string;
}

/** What can be read from: a fetch or undici response, its body, a node stream, or any source of bytes or text. */
export type EventSource =
  | { readonly body: AsyncIterable<Uint8Array | string> | ReadableStream<Uint8Array> | null }
  | AsyncIterable<Uint8Array | string>
  | ReadableStream<Uint8Array>;

/**
 * Reads events as they arrive, comments left out. Ends with the stream; an event that the end cut short is dropped, as the standard says.
 * Leaving the loop early cancels the source.
 */
export async function* readServerSentEvents(source: EventSource): AsyncGenerator<ServerSentEvent, void, undefined> {
  const decoder = new TextDecoder();
  let buffered = '';
  for await (const piece of bytesOf(source)) {
    buffered += typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true });
    for (;;) {
      const end = /\r?\n\r?\n/.exec(buffered);
      if (!end) break;
      const event = parseEvent(buffered.slice(0, end.index));
      buffered = buffered.slice(end.index + end[0].length);
      if (event) yield event;
    }
  }
}

/** The `data:` of each event parsed as JSON, up to `[DONE]`. */
export async function* readJsonEvents<T>(source: EventSource): AsyncGenerator<T, void, undefined> {
  for await (const { data } of readServerSentEvents(source)) {
    if (data === '[DONE]') return;
    yield JSON.parse(data) as T;
  }
}

function bytesOf(source: EventSource): AsyncIterable<Uint8Array | string> {
  const stream = 'body' in source ? source.body : source;
  if (stream === null) throw new TypeError('the response has no body to read events from');
  return stream as AsyncIterable<Uint8Array | string>;
}

function parseEvent(block: string): ServerSentEvent | null {
  let event: string | null = null;
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith('data:')) data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
    else if (line.startsWith('event:')) event = line.slice(6).trim();
  }
  return data.length > 0 || event !== null ? { event, data: data.join('\n') } : null;
}
