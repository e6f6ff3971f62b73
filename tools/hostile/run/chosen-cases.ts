import type { HostileCase } from '../cases/hostile-case';

/** A case with the name it is asked for by: its row and its place in it. */
export interface NumberedCase {
  readonly id: string;
  readonly hostileCase: HostileCase;
}

export function numbered(cases: readonly HostileCase[]): readonly NumberedCase[] {
  const counts = new Map<string, number>();
  return cases.map((hostileCase) => {
    const place = (counts.get(hostileCase.row) ?? 0) + 1;
    counts.set(hostileCase.row, place);
    return { id: `${hostileCase.row}.${place}`, hostileCase };
  });
}

/** Those whose row or id fits one of the patterns (`A1`, `C*`, `G6.2`); all without patterns. @throws when a pattern fits nothing */
export function chosen(cases: readonly NumberedCase[], patterns: readonly string[]): readonly NumberedCase[] {
  if (patterns.length === 0) return cases;
  const expressions = patterns.map((pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`));
  const fits = ({ id, hostileCase }: NumberedCase, expression: RegExp) => expression.test(id) || expression.test(hostileCase.row);
  for (const [place, expression] of expressions.entries()) {
    if (!cases.some((one) => fits(one, expression))) throw new Error(`--only ${patterns[place]}: no row or case of that name.`);
  }
  return cases.filter((one) => expressions.some((expression) => fits(one, expression)));
}
