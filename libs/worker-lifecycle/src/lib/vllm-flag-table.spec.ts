import { findVllmFlag, flagsOf, hasFlag, NEWEST_VLLM, OLDEST_VLLM } from './vllm-flag-table';
import { FLAGS_ADDED, FLAGS_REMOVED } from './vllm-flags';
import { compareVersions, formatVersion, parseVllmVersion } from './vllm-version';

/** How many flags each release has, counted in its sources. */
const COUNTS: readonly (readonly [version: string, flags: number])[] = [
  ['0.8.0', 143],
  ['0.8.5', 137],
  ['0.9.0', 149],
  ['0.9.2', 164],
  ['0.10.0', 158],
  ['0.10.1', 169],
  ['0.10.2', 176],
  ['0.11.0', 183],
  ['0.11.1', 200],
  ['0.12.0', 194],
  ['0.13.0', 195],
  ['0.17.0', 222],
  ['0.18.0', 226],
  ['0.24.0', 266],
  ['0.29.0', 292],
  ['0.32.0', 317],
  ['0.33.0', 321],
];

describe("the table of vLLM's flags", () => {
  it.each(COUNTS)('has for %s as many flags as that release', (text, count) => {
    expect(flagsOf(parseVllmVersion(text) ?? [])).toHaveLength(count);
  });

  it('is in order, has no flag twice, and takes away only what was there', () => {
    const added = FLAGS_ADDED.flatMap(([, flags]) => flags.split(/\s+/));
    const removed = FLAGS_REMOVED.flatMap(([, flags]) => flags.split(/\s+/));

    expect(new Set(added).size).toBe(added.length);
    expect(new Set(removed).size).toBe(removed.length);
    for (const name of removed) {
      const flag = findVllmFlag(`--${name}`);
      expect(flag?.gone && compareVersions(flag.gone.in, flag.since)).toBeGreaterThan(0);
    }
    for (const rows of [FLAGS_ADDED, FLAGS_REMOVED]) {
      const versions = rows.map(([version]) => parseVllmVersion(version) ?? []);
      expect([...versions].sort(compareVersions)).toEqual(versions);
    }
  });

  it('goes from 0.8 to the newest release that was read', () => {
    expect([OLDEST_VLLM, NEWEST_VLLM].map(formatVersion)).toEqual(['0.8', '0.33']);
  });

  it('has what model-pool says in every release', () => {
    const ours =
      '--served-model-name --host --port --tensor-parallel-size --gpu-memory-utilization --enforce-eager --max-model-len --dtype --trust-remote-code --enable-sleep-mode';
    for (const word of ours.split(' ')) {
      const flag = findVllmFlag(word);
      for (const [version] of COUNTS) expect(flag && hasFlag(flag, parseVllmVersion(version) ?? [])).toBe(true);
    }
  });
});

describe('the version of a vLLM', () => {
  it.each([
    ['0.32.0+cpu', '0.32.0'],
    ['v0.10.2', '0.10.2'],
    ['0.11.1rc2.dev3+gabc1234', '0.11.1'],
    ['0.10.1.1', '0.10.1.1'],
    ['vllm/vllm-openai:v0.9.1', '0.9.1'],
    ['registry:5000/vllm-openai:v0.32.0-x86_64', '0.32.0'],
    ['vllm 0.31.0', '0.31.0'],
    ['0.8.5.post1', '0.8.5'],
    ['latest', null],
    ['vllm/vllm-openai:nightly', null],
    ['', null],
  ])('%j says %j', (text, version) => {
    const found = parseVllmVersion(text);
    expect(found && formatVersion(found)).toBe(version);
  });

  it('is ordered by its numbers', () => {
    const order = ['0.8', '0.8.5', '0.9.2', '0.10', '0.10.1', '0.10.1.1', '0.10.2', '0.32', '1.0'].map(
      (text) => parseVllmVersion(text) ?? [],
    );
    expect([...order].reverse().sort(compareVersions)).toEqual(order);
    expect(compareVersions([0, 8], [0, 8, 0])).toBe(0);
  });
});
