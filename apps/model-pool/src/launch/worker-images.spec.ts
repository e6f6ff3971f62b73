import { Deferred } from '@interleave/kernel';
import type { PullProgress } from '@interleave/docker-runtime';
import type { LaunchActivity, LaunchWatch } from './launch-watch';
import { WorkerImages } from './worker-images';

function registry(outcome: Promise<void>, isThere = false) {
  const pulled: string[] = [];
  let report: (progress: PullProgress) => void = () => undefined;
  let pulling: AbortSignal | null = null;
  const images = new WorkerImages({
    imageExists: () => Promise.resolve(isThere),
    pullImage: (image, onProgress, signal) => {
      pulled.push(image);
      report = onProgress;
      pulling = signal;
      return Promise.race([outcome, new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))))]);
    },
  });
  return { images, pulled, report: (progress: PullProgress) => report(progress), isGivenUp: () => pulling?.aborted };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function watch(heard: LaunchActivity[] = [], signal = new AbortController().signal): LaunchWatch {
  return { signal, report: (activity) => heard.push(activity) };
}

describe('the images of workers', () => {
  it('are not pulled where they are there', async () => {
    const { images, pulled } = registry(Promise.resolve(), true);

    await images.ensure('a/b:1', watch());

    expect(pulled).toEqual([]);
  });

  it('are pulled once for all who wait, who hear how it goes', async () => {
    const done = new Deferred<void>();
    const { images, pulled, report } = registry(done.promise);
    const heard: LaunchActivity[] = [];
    const all = Promise.all([images.ensure('a/b:1', watch(heard)), images.ensure('a/b:1', watch(heard))]);
    await settle();
    report({ receivedBytes: 1e9, totalBytes: 2e9 });
    done.resolve();
    await all;

    expect(pulled).toEqual(['a/b:1']);
    const activity = { text: 'pulling the image a/b:1: 50 % of 2.0 GB', share: 0.5 };
    expect(heard).toEqual([activity, activity]);
  });

  it('that can not be pulled are a sentence, and are tried again', async () => {
    const { images, pulled } = registry(Promise.reject(new Error('no route to host')));

    for (const _attempt of [1, 2]) {
      await expect(images.ensure('a/b:1', watch())).rejects.toThrow(
        'The image a/b:1 is not on this machine and cannot be pulled: build it, load it (docker load), or set WORKER_IMAGE. no route to host',
      );
    }
    expect(pulled).toHaveLength(2);
  });

  it('are given up when nobody wants the worker any more', async () => {
    const { images, isGivenUp } = registry(new Deferred<void>().promise);
    const launch = new AbortController();
    const waiting = images.ensure('a/b:1', watch([], launch.signal));
    await settle();

    launch.abort();

    await expect(waiting).rejects.toThrow();
    await settle();
    expect(isGivenUp()).toBe(true);
  });
});
