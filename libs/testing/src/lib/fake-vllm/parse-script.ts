import type { FakeAnswer, FakeFault, FakeScript } from './fake-reply';
import { replyByPromptEnd, replyByRound, toReplyTo } from './fake-script';

interface ScriptFile {
  /** The reply to a conversation's first round, second round, …; after the last one it begins again. */
  readonly rounds?: readonly FakeAnswer[];
  /** The first case whose text is in the prompt counts, as conversations that are told apart by what their user says. */
  readonly cases?: readonly { readonly text: string; readonly rounds: readonly FakeAnswer[] }[];
  /** The first rule whose pattern matches the prompt's end counts. */
  readonly rules?: readonly { readonly end: string; readonly reply: FakeAnswer }[];
}

/**
 * A script from the text of a file: `{"rounds": [reply, …]}`, `{"cases": [{"text": text, "rounds": [reply, …]}, …]}` or
 * `{"rules": [{"end": pattern, "reply": reply}, …]}`, a reply being a text or a `FakeReply`. All forms hold no state, so that any number of conversations can be played at once.
 * @throws Error with a sentence for a file that is none of them
 */
export function parseScript(text: string): FakeScript {
  const file = JSON.parse(text) as ScriptFile;
  if (Array.isArray(file.rounds) && file.rounds.length > 0) return replyByRound(file.rounds);
  if (Array.isArray(file.cases)) {
    const cases = file.cases.map(({ text: part, rounds }) => ({ part, replyTo: toReplyTo(replyByRound(rounds)) }));
    return (prompt) => {
      const found = cases.find(({ part }) => prompt.promptText.includes(part));
      if (!found) throw new Error('The prompt is none of the cases of the script.');
      return found.replyTo(prompt);
    };
  }
  if (Array.isArray(file.rules))
    return replyByPromptEnd(file.rules.map(({ end, reply }) => ({ end: new RegExp(`(?:${end})$`, 'u'), reply })));
  throw new Error(
    'A script file is {"rounds": [reply, …]}, {"cases": [{"text": text, "rounds": [reply, …]}, …]} or {"rules": [{"end": pattern, "reply": reply}, …]}.',
  );
}

const FAULT_KINDS: Readonly<Record<FakeFault['kind'], readonly string[]>> = {
  refuse: ['forMs'],
  status: ['status'],
  'context-error': [],
  'stall-before-headers': [],
  'hang-up': [],
  'slow-first-byte': ['delayMs'],
  cut: ['afterTokens'],
  abort: ['afterTokens'],
  'engine-error': ['afterTokens'],
  'error-frame': ['afterTokens'],
  'malformed-frame': ['afterTokens'],
  'wrong-json': ['afterTokens'],
  'huge-frame': ['afterTokens', 'bytes'],
  stall: ['afterTokens'],
  'cut-after-end': [],
  'stall-after-end': [],
};

/**
 * Faults from a JSON list of `FakeFault`s, as `[{"kind": "cut", "afterTokens": 4}]`.
 * @throws Error with a sentence for anything else
 */
export function parseFaults(text: string): readonly FakeFault[] {
  const faults = [JSON.parse(text) as unknown].flat();
  for (const fault of faults as Record<string, unknown>[]) {
    const numbers = FAULT_KINDS[fault?.['kind'] as FakeFault['kind']];
    if (!numbers) throw new Error(`Each fault is {"kind": …}, of ${Object.keys(FAULT_KINDS).join(', ')}.`);
    const missing = numbers.filter((name) => typeof fault[name] !== 'number');
    if (missing.length > 0) throw new Error(`A fault of kind ${String(fault['kind'])} needs the numbers ${missing.join(', ')}.`);
  }
  return faults as FakeFault[];
}
