/** Release numbers as `pip` orders them: `[0, 10, 1, 1]` comes after `[0, 10, 1]`. */
export type VllmVersion = readonly number[];

/** What `0.32.0+cpu`, `v0.10.2`, `0.11.1rc2.dev3+gabc` or `vllm/vllm-openai:v0.9.1-x86_64` say; null where no release is named, as by `latest`. */
export function parseVllmVersion(text: string): VllmVersion | null {
  const match = /(?:^|[\s:v])(\d{1,4}(?:\.\d{1,4}){1,3})(?![\d.]*\d)/.exec(text.slice(0, 400).trim());
  return match?.[1] ? match[1].split('.').map(Number) : null;
}

export function compareVersions(left: VllmVersion, right: VllmVersion): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function formatVersion(version: VllmVersion): string {
  return version.join('.');
}
