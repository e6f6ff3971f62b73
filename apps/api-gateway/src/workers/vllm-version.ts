/**
 * What vLLM before 0.10.2 answers to `/version`: it tokenises, but leaves `return_token_ids` aside. Other servers say nothing of the kind, or more:
 * llama-worker names itself beside its own version, which is another count.
 */
export function isTooOldForTokenIds(answer: string): boolean {
  const match = /^\s*\{\s*"version"\s*:\s*"(\d+)\.(\d+)(?:\.(\d+))?[^"]*"\s*\}\s*$/.exec(answer);
  if (!match) return false;
  const [major = 0, minor = 0, patch = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return major === 0 && (minor < 10 || (minor === 10 && patch < 2));
}
