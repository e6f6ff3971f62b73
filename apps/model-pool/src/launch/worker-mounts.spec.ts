import { existsSync, mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheMounts, modelMounts } from './worker-mounts';

const place = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'model-mounts-')));

describe('what a worker in a container sees of this machine', () => {
  it('is the folder of its model, read-only and under the same path', () => {
    const folder = place();
    writeFileSync(join(folder, 'config.json'), '{}');
    const mount = { Type: 'bind', Source: folder, Target: folder, ReadOnly: true };

    expect(modelMounts(folder)).toEqual([mount]);
    // The other parts of a file in parts lie beside it.
    writeFileSync(join(folder, 'model.gguf'), '');
    expect(modelMounts(join(folder, 'model.gguf'))).toEqual([mount]);
  });

  it('is what the links of a snapshot lead to, as well', () => {
    const cache = place();
    const [blobs, snapshot] = [join(cache, 'blobs'), join(cache, 'snapshots/abc')];
    mkdirSync(blobs);
    mkdirSync(snapshot, { recursive: true });
    for (const name of ['one', 'two']) {
      writeFileSync(join(blobs, name), '');
      symlinkSync(`../../blobs/${name}`, join(snapshot, name));
    }
    symlinkSync('nowhere', join(snapshot, 'broken'));

    expect(modelMounts(snapshot).map(({ Source, Target, ReadOnly }) => [Source, Target, ReadOnly])).toEqual([
      [snapshot, snapshot, true],
      [blobs, blobs, true],
    ]);
  });

  it('is a cache where it may keep something: a folder, which is made, or a volume', () => {
    const cache = join(place(), 'new');

    expect(cacheMounts(cache)).toEqual([{ Type: 'bind', Source: cache, Target: '/var/cache/worker', ReadOnly: false }]);
    expect(existsSync(cache)).toBe(true);
    expect(cacheMounts('kept')).toEqual([{ Type: 'volume', Source: 'kept', Target: '/var/cache/worker', ReadOnly: false }]);
    expect(cacheMounts(null)).toEqual([]);
  });
});
