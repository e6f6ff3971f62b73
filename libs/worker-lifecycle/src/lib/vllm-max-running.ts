/** Long names by what vLLM takes for them; its parser makes `-` of `_` and reads `=` as a space. The last one counts. */
const SEQUENCES = ['--max-num-seqs'];
const DATA_PARALLEL = ['--data-parallel-size', '-dp'];

/**
 * Sequences that a vLLM server runs at once, as far as its arguments say: `--max-num-seqs` holds for each of its data-parallel engines. Null without it: what
 * vLLM takes then depends on its version and on the device (128 without a GPU, 256 to 1024 with one).
 */
export function vllmMaxRunning(engineArguments: readonly string[]): number | null {
  const sequences = numberOf(SEQUENCES, engineArguments);
  return sequences === null ? null : sequences * (numberOf(DATA_PARALLEL, engineArguments) ?? 1);
}

function numberOf(names: readonly string[], engineArguments: readonly string[]): number | null {
  let found: number | null = null;
  for (const [place, argument] of engineArguments.entries()) {
    const [name = '', own] = argument.split('=', 2);
    if (!names.includes(name.startsWith('--') ? name.replaceAll('_', '-') : name)) continue;
    const value = own ?? engineArguments[place + 1] ?? '';
    found = /^[1-9]\d{0,8}$/.test(value) ? Number(value) : null;
  }
  return found;
}
