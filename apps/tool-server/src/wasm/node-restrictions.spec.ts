import { restrictionsOf } from './node-restrictions';

describe('what a child is started with', () => {
  it.each([
    ['--permission', new Set(['--permission', '--experimental-permission'])],
    ['--experimental-permission', new Set(['--experimental-permission'])],
  ])('is %s where that is its name', (flag, known) => {
    expect(restrictionsOf(['/a'], known)[0]).toBe(flag);
  });

  it('lets it read what it is made of, and nothing be written or started', () => {
    const flags = restrictionsOf(['/program', '/pyodide']);
    expect(flags).toEqual(expect.arrayContaining(['--allow-fs-read=/program/*', '--allow-fs-read=/pyodide/*']));
    expect(flags).toContain('--disallow-code-generation-from-strings');
    expect(flags.filter((flag) => flag.startsWith('--allow'))).toHaveLength(3);
    expect(flags).not.toContainEqual(expect.stringMatching(/allow-(fs-write|child-process|addons|wasi|net)/));
  });
});
