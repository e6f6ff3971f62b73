import type { VllmCompletionChunk } from '@interleave/contracts';
import type { Heard } from '@interleave/turn-engine';
import type { Dispatcher } from 'undici';
import { CompletionStream } from './completion-stream';

const frame = (text: string): Buffer => Buffer.from(`data: {"choices":[{"index":0,"text":"${text}","finish_reason":null}]}\n\n`);

/** What the HTTP client is told to do. */
class Controller {
  isPaused = false;
  isAborted = false;
  pause = (): void => void (this.isPaused = true);
  resume = (): void => void (this.isPaused = false);
  abort = (): void => void (this.isAborted = true);
}

function begin(onChunks: (chunks: readonly VllmCompletionChunk[]) => Heard) {
  const controller = new Controller();
  const dispatched = controller as unknown as Dispatcher.DispatchController;
  const stream = new CompletionStream(
    '/v1/completions',
    () => 0,
    new AbortController().signal,
    onChunks,
    () => undefined,
  );
  stream.onRequestStart(dispatched);
  stream.onResponseStart(dispatched, 200, {});
  return { stream, controller, dispatched };
}

describe('a stream of frames', () => {
  it.each([
    ['at once', (): Heard => 'enough'],
    ['later', (): Heard => Promise.resolve('enough')],
  ])('whose listener has had enough, %s, was ended by it: the generation is aborted', async (_when, listener) => {
    const { stream, controller, dispatched } = begin(listener);

    stream.onResponseData(dispatched, frame('a'));

    expect(await stream.ended).toBe('enough');
    expect(controller.isAborted).toBe(true);
  });

  it('is ended by its listener also where the worker went away while that one was busy', async () => {
    let decide: (answer: 'enough') => void = () => undefined;
    const { stream, controller, dispatched } = begin(() => new Promise((resolve) => (decide = resolve)));

    stream.onResponseData(dispatched, frame('a'));
    expect(controller.isPaused).toBe(true);
    stream.onResponseError(dispatched, new Error('gone'));
    decide('enough');

    expect(await stream.ended).toBe('enough');
  });

  it('that goes no further was ended by the worker', async () => {
    const texts: string[] = [];
    const { stream, dispatched } = begin((chunks) => {
      texts.push(...chunks.map(({ choices }) => choices[0]?.text ?? ''));
      return undefined;
    });

    stream.onResponseData(dispatched, Buffer.concat([frame('a'), frame('b')]));
    stream.onResponseEnd();

    expect(await stream.ended).toBe('worker-ended');
    expect(texts).toEqual(['a', 'b']);
  });

  it('that breaks off fails, once its listener is done with what came before', async () => {
    let isDone = false;
    const { stream, dispatched } = begin(async () => {
      await Promise.resolve();
      isDone = true;
    });

    stream.onResponseData(dispatched, frame('a'));
    stream.onResponseError(dispatched, new Error('gone'));

    await expect(stream.ended).rejects.toMatchObject({ code: 'worker_lost' });
    expect(isDone).toBe(true);
  });
});
