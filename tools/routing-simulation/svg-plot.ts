/** One panel: a line per policy over the load. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly isLogarithmic: boolean;
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
}

const COLOURS = ['#0b6e4f', '#c8553d', '#3d5a80', '#8d8d8d'];
const WIDTH = 300;
const HEIGHT = 190;
const MARGIN = { left: 56, top: 44, right: 16, bottom: 40 };
const TICKS = 4;

/** Panels in rows of so many, with one legend. Plain SVG, on white, so that it can be read anywhere. */
export function plotSvg(panels: readonly Panel[], columns: number, xLabel: string): string {
  const cell = { width: MARGIN.left + WIDTH + MARGIN.right, height: MARGIN.top + HEIGHT + MARGIN.bottom };
  const rows = Math.ceil(panels.length / columns);
  const [width, height] = [columns * cell.width, rows * cell.height + 28];
  const names = panels[0]?.lines.map(({ name }) => name) ?? [];
  const legend = names
    .map((name, index) => {
      const x = MARGIN.left + index * 170;
      return `<line x1="${x}" y1="14" x2="${x + 22}" y2="14" stroke="${COLOURS[index]}" stroke-width="2.5"/>${text(x + 28, 18, name, 'start')}`;
    })
    .join('');
  const drawn = panels.map((panel, place) => {
    const [x, y] = [(place % columns) * cell.width + MARGIN.left, Math.floor(place / columns) * cell.height + MARGIN.top + 20];
    return `<g transform="translate(${x},${y})">${drawPanel(panel, xLabel)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    legend,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function drawPanel({ title, unit, isLogarithmic, lines }: Panel, xLabel: string): string {
  const xs = lines.flatMap(({ points }) => points.map(([x]) => x));
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const [xLow, xHigh] = [Math.min(...xs), Math.max(...xs)];
  const grow = (value: number): number => (isLogarithmic ? Math.log10(value) : value);
  const [low, high] = isLogarithmic
    ? [Math.floor(grow(Math.min(...ys))), Math.ceil(grow(Math.max(...ys)))]
    : [0, Math.ceil(Math.max(...ys) / 20) * 20];
  const xOf = (x: number): number => ((x - xLow) / (xHigh - xLow)) * WIDTH;
  const yOf = (y: number): number => HEIGHT - ((grow(y) - low) / (high - low)) * HEIGHT;
  const steps = isLogarithmic ? high - low : TICKS;
  const grid = Array.from({ length: steps + 1 }, (_, step) => {
    const value = isLogarithmic ? 10 ** (low + step) : low + ((high - low) * step) / steps;
    const y = yOf(value).toFixed(1);
    return `<line x1="0" y1="${y}" x2="${WIDTH}" y2="${y}" stroke="#ddd"/>${text(-6, Number(y) + 4, String(value), 'end')}`;
  });
  const ticks = [...new Set(xs)].map((x) => text(xOf(x), HEIGHT + 16, String(x), 'middle'));
  const drawn = lines.map(({ points }, index) => {
    const path = points.map(([x, y]) => `${xOf(x).toFixed(1)},${yOf(y).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${COLOURS[index]}" stroke-width="2.5"/>`;
  });
  const labels = [text(0, -10, `${title} (${unit})`, 'start', 'bold'), text(WIDTH / 2, HEIGHT + 32, xLabel, 'middle')];
  return [...grid, ...ticks, ...drawn, ...labels].join('');
}

function text(x: number, y: number, content: string, anchor: string, weight = 'normal'): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-weight="${weight}" fill="#222">${escaped}</text>`;
}
