import type { CaseReport, RuntimeReport } from './runtime-report';

const BLOCKS: Readonly<Record<string, string>> = {
  A: 'CPU and time',
  B: 'memory',
  C: 'processes and threads',
  D: 'file system',
  E: 'network',
  F: 'kernel surface',
  G: 'output and control channel',
  H: 'sessions and server',
  T: 'checkpoints',
};

/** The table for people, one per runtime, and what failed. */
export function printReport({ runtime, unavailable, cases, invariants, neighbour, tookMs }: RuntimeReport): string {
  if (unavailable !== null) return `\n${runtime}: not applicable, ${unavailable}\n`;
  const rows = [
    ['', 'passed', 'failed', 'n/a'],
    ...Object.entries(BLOCKS).map(([block, title]) => [`${block} ${title}`, ...counts(cases.filter(({ row }) => row.startsWith(block)))]),
    [
      'invariants',
      ...tally(
        invariants.filter(({ details }) => details.length === 0).length,
        invariants.filter(({ details }) => details.length > 0).length,
        0,
      ),
    ],
  ];
  const width = Math.max(...rows.map(([title = '']) => title.length));
  const table = rows.map(([title = '', ...cells]) => `  ${title.padEnd(width)}${cells.map((cell) => cell.padStart(8)).join('')}`);
  const lines = [`\n${runtime}, ${(tookMs / 60_000).toFixed(1)} minutes`, ...table];
  if (neighbour) {
    const { calls, quietP50Ms, quietP99Ms, p50Ms, p99Ms } = neighbour;
    lines.push(
      `  the neighbour's call: p50 ${p50Ms.toFixed(1)} ms (${quietP50Ms.toFixed(1)} before), p99 ${p99Ms.toFixed(1)} ms (${quietP99Ms.toFixed(1)} before), ${calls} calls`,
    );
  }
  lines.push(...notApplicable(cases));
  const second = cases.filter(({ firstTry, outcome }) => firstTry && outcome === 'passed');
  if (second.length > 0) lines.push('  passed at the second try, alone, after failing among others for want of time or room:');
  for (const { id, firstTry = [] } of second) lines.push(...firstTry.map((detail) => indented(`${id} ${detail}`)));
  for (const { id, name, details } of cases.filter(({ outcome }) => outcome === 'failed'))
    lines.push(`  failed: ${id} ${name}`, ...details.map(indented));
  for (const { name, details } of invariants.filter(({ details }) => details.length > 0))
    lines.push(`  failed: ${name}`, ...details.map(indented));
  return `${lines.join('\n')}\n`;
}

const indented = (line: string): string => `      ${line}`;

function counts(cases: readonly CaseReport[]): readonly string[] {
  const count = (outcome: CaseReport['outcome']) => cases.filter((one) => one.outcome === outcome).length;
  return tally(count('passed'), count('failed'), count('not applicable'));
}

function tally(...numbers: readonly number[]): readonly string[] {
  return numbers.map((number) => (number === 0 ? '·' : String(number)));
}

/** Grouped by reason: nothing is left out silently. */
function notApplicable(cases: readonly CaseReport[]): readonly string[] {
  const idsOf = new Map<string, string[]>();
  for (const { id, outcome, details } of cases) {
    if (outcome === 'not applicable') idsOf.set(details[0] ?? '', [...(idsOf.get(details[0] ?? '') ?? []), id]);
  }
  return [...idsOf].map(([reason, ids]) => `  not applicable, ${reason}: ${ids.join(' ')}`);
}

/** The line that ends a run. Rows that are not applicable count as neither. */
export function closingLine(reports: readonly RuntimeReport[]): string {
  const { passed, failed } = total(reports);
  return `${passed} passed, ${failed} failed`;
}

export function total(reports: readonly RuntimeReport[]): { readonly passed: number; readonly failed: number } {
  let [passed, failed] = [0, 0];
  for (const { cases, invariants } of reports) {
    passed += cases.filter(({ outcome }) => outcome === 'passed').length + invariants.filter(({ details }) => details.length === 0).length;
    failed += cases.filter(({ outcome }) => outcome === 'failed').length + invariants.filter(({ details }) => details.length > 0).length;
  }
  return { passed, failed };
}
