import type { FakeAnswer, FakeScript } from './fake-reply';
import { replyByPromptEnd, replyByRound } from './fake-script';

interface ScriptFile {
  /** The reply to a conversation's first round, second round, …; after the last one it begins again. */
  readonly rounds?: readonly FakeAnswer[];
  /** The first rule whose pattern matches the prompt's end counts. */
  readonly rules?: readonly { readonly end: string; readonly reply: FakeAnswer }[];
}

/**
 * A script from the text of a file: `{"rounds": [reply, …]}` or `{"rules": [{"end": pattern, "reply": reply}, …]}`, a reply being a text or a
 * `FakeReply`. Both forms hold no state, so that any number of conversations can be played at once.
 * @throws Error with a sentence for a file that is neither
 */
export function parseScript(text: string): FakeScript {
  const file = JSON.parse(text) as ScriptFile;
  if (Array.isArray(file.rounds) && file.rounds.length > 0) return replyByRound(file.rounds);
  if (Array.isArray(file.rules))
    return replyByPromptEnd(file.rules.map(({ end, reply }) => ({ end: new RegExp(`(?:${end})$`, 'u'), reply })));
  throw new Error('A script file is {"rounds": [reply, …]} or {"rules": [{"end": pattern, "reply": reply}, …]}.');
}
