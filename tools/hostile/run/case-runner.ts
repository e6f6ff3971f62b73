import { randomInt } from 'node:crypto';
import type { Expected, HostileCase, ProgramStep, RequestStep, StepsCase } from '../cases/hostile-case';
import type { Lab } from './lab';
import { isOneOf, isText, mismatches, outcomeOf, shown, SLOW } from './match-result';
import type { CallAnswer } from './sandbox-client';

const DEFAULT_TIMEOUT_MS = 5000;
/** How much longer than "late" an answer is waited for, to tell a late one from none. */
const LATENESS_MS = 15_000;

/** Length of a path that does not get past the HTTP parser. */
const PARSER_LIMIT = 8_000;

/** Runs a case; resolves to what was wrong, in sentences, none if it passed. Never rejects. */
export async function runCase(hostileCase: HostileCase, lab: Lab): Promise<readonly string[]> {
  try {
    if ('scenario' in hostileCase) return await hostileCase.scenario(lab);
    return await new StepsRun(hostileCase, lab).run();
  } catch (error) {
    return [error instanceof Error ? `${error.name}: ${error.message}` : String(error)];
  }
}

/** The steps of one case in its session, which holds a marker: what the answers say of the state must be true of it. */
class StepsRun {
  private readonly wrong: string[] = [];
  private session = '';
  private marker = '';
  private hasMarker = true;
  private isLost = false;
  /** An attack that may cost the sandbox may do so a call later. */
  private mayBeLost = false;
  private calls = 0;

  constructor(
    private readonly hostileCase: StepsCase,
    private readonly lab: Lab,
  ) {}

  async run(): Promise<readonly string[]> {
    await this.open();
    try {
      for (const step of this.hostileCase.steps) {
        if (step.in === 'next') {
          await this.probe();
          await this.lab.client.close(this.session);
          await this.open();
        }
        if (step.afterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, step.afterMs));
        // A session that is gone stays gone; the probe makes sure of it.
        if (this.isLost) continue;
        if ('run' in step) await this.runProgram(step);
        else await this.sendRequest(step);
      }
      await this.probe();
    } finally {
      await this.lab.client.close(this.session);
    }
    return this.wrong;
  }

  private async open(): Promise<void> {
    const { checkpoint } = this.hostileCase;
    this.session = await this.lab.client.open(checkpoint ? { checkpoint } : {});
    this.marker = `marker-${randomInt(1e12)}`;
    this.hasMarker = true;
    this.isLost = this.mayBeLost = false;
    this.calls = 0;
    const answer = await this.call({ code: `marker = "${this.marker}"\n6 * 7` }, DEFAULT_TIMEOUT_MS);
    if (!('result' in answer) || answer.result.value !== '42') this.wrong.push(`a new session is not fit for use: ${shown(answer)}`);
  }

  private async runProgram(step: ProgramStep): Promise<void> {
    const timeoutMs = step.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const answer = await this.call(
      {
        code: step.run,
        timeout_ms: timeoutMs,
        ...(step.stdin !== undefined && { stdin: step.stdin }),
        ...(step.memoryMib !== undefined && { memory_mib: step.memoryMib }),
        ...(step.maxOutputBytes !== undefined && { max_output_bytes: step.maxOutputBytes }),
        ...(step.style && { style: step.style }),
      },
      timeoutMs,
    );
    const own = step.on?.[this.lab.runtime];
    // ANYTHING stands in place of what is expected elsewhere, everything else on top of it.
    const expected: Expected = own && Object.keys(own).length === 0 ? own : { ...step.expect, ...own };
    this.mayBeLost = this.mayBeLost || expected.status === undefined || isOneOf('lost', expected.status);
    this.wrong.push(...mismatches(answer, expected));
    if ('result' in answer) this.noteState(answer.result);
    else this.isLost = this.isLost || outcomeOf(answer) === 'lost';
  }

  /** Exactly one answer, in time. */
  private async call(body: Parameters<Lab['client']['execute']>[1], timeoutMs: number): Promise<CallAnswer> {
    const lateAfterMs = timeoutMs + this.lab.lateAfterMs;
    const answer = await this.lab.client.execute(this.session, body, lateAfterMs + LATENESS_MS);
    if (answer.tookMs > lateAfterMs)
      this.wrong.push(`${SLOW}the answer came after ${Math.round(answer.tookMs)} ms, more than ${lateAfterMs}`);
    if ('result' in answer) {
      this.calls += 1;
      if (answer.result.call !== this.calls) this.wrong.push(`it calls itself call ${answer.result.call}, but is call ${this.calls}`);
    }
    return answer;
  }

  private noteState({ state, restored_call: restoredCall }: Extract<CallAnswer, { result: unknown }>['result']): void {
    if ((state === 'restored') !== (restoredCall !== null))
      this.wrong.push(`state ${state} comes with restored_call ${shown(restoredCall)}`);
    // The marker is there since the first call.
    if (state === 'reset') this.hasMarker = false;
    if (state === 'restored' && (restoredCall ?? 0) < 1) this.hasMarker = false;
  }

  private async sendRequest(step: RequestStep): Promise<void> {
    const body = typeof step.body === 'function' ? step.body() : step.body;
    const answer = await this.lab.client.send(step.request, step.path.replaceAll('{session}', this.session), {
      ...(body !== undefined && { body }),
      ...(step.headers && { headers: step.headers }),
      patienceMs: 30_000,
    });
    const wanted = step.on?.[this.lab.runtime] ?? step.answers;
    if (!isOneOf(answer.status, wanted.status)) {
      this.wrong.push(
        `${step.request} ${step.path.slice(0, 80)} answered ${answer.status}, not ${shown(wanted.status)}: ${shown(answer.text)}`,
      );
      return;
    }
    if (wanted.body !== undefined && !isText(answer.text, wanted.body)) {
      this.wrong.push(`${step.request} ${step.path.slice(0, 80)} answered ${shown(answer.text)}, not ${shown(wanted.body)}`);
    }
    // What the HTTP parser itself refuses has no envelope.
    if (answer.status >= 400 && (answer.text !== '' || step.path.length < PARSER_LIMIT)) this.checkEnvelope(answer.text, wanted.code);
    else if (step.request === 'POST' && step.path.endsWith('/execute')) this.calls += 1;
  }

  private checkEnvelope(text: string, wanted: RequestStep['answers']['code']): void {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    if (typeof error?.message !== 'string' || error.message.length < 10) this.wrong.push(`an error without a sentence: ${shown(text)}`);
    if (wanted !== undefined && !isOneOf(error?.code, wanted)) this.wrong.push(`error.code is ${shown(error?.code)}, not ${shown(wanted)}`);
  }

  /** The next call answers, correctly, and the marker is there exactly if the answers have said so. */
  private async probe(): Promise<void> {
    if (this.isLost) {
      const answer = await this.lab.client.execute(this.session, { code: '1' }, 10_000);
      if (!('refusal' in answer) || answer.refusal.status !== 410) this.wrong.push(`a lost session answers ${shown(answer)}, not 410`);
      return;
    }
    const answer = await this.call({ code: 'print("probe"); globals().get("marker")', timeout_ms: DEFAULT_TIMEOUT_MS }, DEFAULT_TIMEOUT_MS);
    if (outcomeOf(answer) === 'lost' && this.mayBeLost) return;
    if (this.hostileCase.ruinsItself) return;
    if (this.hostileCase.exhausts && 'result' in answer && answer.result.state === 'reset') return;
    const wanted = { status: 'ok', state: 'kept', stdout: 'probe\n', value: this.hasMarker ? `'${this.marker}'` : null } as const;
    this.wrong.push(
      ...mismatches(answer, wanted).map((complaint) => (complaint.startsWith(SLOW) ? complaint : `the next call: ${complaint}`)),
    );
  }
}
