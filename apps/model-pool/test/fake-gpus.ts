import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Makes `nvidia-smi` show that many GPUs to what this process starts, itself included, until the function that comes back is called. */
export function showGpus(count: number): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'nvidia-smi-'));
  const rows = Array.from({ length: count }, (_, index) => `${index}, GPU-fake-${index}, NVIDIA H200, 143771, 4, Disabled`);
  writeFileSync(
    join(folder, 'nvidia-smi'),
    `#!/bin/sh\ncase "$1" in --query-gpu*) printf '%s\\n' ${rows.map((row) => `'${row}'`).join(' ')};; esac\n`,
    {
      mode: 0o755,
    },
  );
  const before = process.env['PATH'] ?? '';
  process.env['PATH'] = `${folder}${delimiter}${before}`;
  return () => {
    process.env['PATH'] = before;
  };
}
