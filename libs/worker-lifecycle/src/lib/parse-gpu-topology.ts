/** How fast two GPUs reach each other, by handle: the larger the better, 0 unknown. */
export type GpuLinks = ReadonlyMap<string, ReadonlyMap<string, number>>;

export const NO_GPU_LINKS: GpuLinks = new Map();

/** Arguments for which `parseGpuTopology` reads the output. */
export const NVIDIA_SMI_TOPOLOGY = ['topo', '-m'] as const;

/** From across sockets to one bridge, as nvidia-smi's legend orders them. NVLink is above all of these, by its number of links. */
const PCI_LINKS = ['SYS', 'NODE', 'PHB', 'PXB', 'PIX'];

/** Reads the matrix of `nvidia-smi topo -m`. What isn't one gives no links. */
export function parseGpuTopology(output: string): GpuLinks {
  // eslint-disable-next-line no-control-regex -- the header is underlined with escape sequences
  const lines = output.replace(/\u001b\[[0-9;]*m/g, '').split('\n');
  const columns = lines.find((line) => /^\s+GPU\d+/.test(line))?.match(/\bGPU\d+\b/g) ?? [];
  const links = new Map<string, Map<string, number>>();
  for (const line of lines) {
    const [name = '', ...cells] = line.trim().split(/\s+/);
    const handle = handleOf(name);
    if (handle === null || !line.startsWith(name) || links.has(handle)) continue;
    const row = new Map<string, number>();
    columns.forEach((column, index) => {
      const other = handleOf(column);
      const speed = speedOf(cells[index] ?? '');
      if (other !== null && speed > 0) row.set(other, speed);
    });
    links.set(handle, row);
  }
  return links;
}

function handleOf(name: string): string | null {
  return /^GPU(\d{1,3})$/.exec(name)?.[1] ?? null;
}

function speedOf(cell: string): number {
  const nvlinks = /^NV(\d{1,3})$/.exec(cell)?.[1];
  return nvlinks === undefined ? PCI_LINKS.indexOf(cell) + 1 : PCI_LINKS.length + Number(nvlinks);
}
