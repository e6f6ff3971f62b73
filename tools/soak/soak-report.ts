import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Machine } from '../harness/machine';

interface Verdict {
  readonly part: string;
  readonly claim: string;
  /** Null: can't be told. */
  readonly isTrue: boolean | null;
  readonly detail: string;
}

/** Says on stderr how far the soak is, and on stdout what was found: figures, and claims that hold or don't. */
export class SoakReport {
  private readonly verdicts: Verdict[] = [];
  private readonly figures: Record<string, unknown> = {};

  constructor(private readonly machine: Machine) {}

  get failures(): number {
    return this.verdicts.filter(({ isTrue }) => isTrue === false).length;
  }

  progress(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  say(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  figure(name: string, value: unknown): void {
    this.figures[name] = value;
  }

  /** @param isTrue null where it can't be told, which is no failure */
  claim(part: string, claim: string, isTrue: boolean | null, detail: string): void {
    this.verdicts.push({ part, claim, isTrue, detail });
    this.say(`  ${isTrue === null ? '?   ' : isTrue ? 'pass' : 'FAIL'}  ${claim}: ${detail}`);
  }

  write(path: string): void {
    const { machine, figures, verdicts } = this;
    mkdirSync(dirname(resolve(path)), { recursive: true });
    writeFileSync(path, `${JSON.stringify({ machine, figures, verdicts }, null, 2)}\n`);
  }
}
