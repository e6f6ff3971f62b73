import type { FakeAnswer, FakeFault, FakePrompt, FakeReply, FakeScript } from './fake-reply';

export type ReplyTo = (prompt: FakePrompt) => FakeReply;

/** One form for every script. A list that has run out throws: the test asked for more than it scripted. */
export function toReplyTo(script: FakeScript): ReplyTo {
  if (typeof script === 'function') return (prompt) => toReply(script(prompt));
  const left = [...script];
  return (prompt) => {
    const answer = left.shift();
    if (answer === undefined) {
      throw new Error(`the script has no reply left for prompt ${prompt.number}, which ends with ${JSON.stringify(tail(prompt))}`);
    }
    return toReply(answer);
  };
}

/** Chooses the reply by how the prompt ends; the first match counts. */
export function replyByPromptEnd(rules: readonly { readonly end: string | RegExp; readonly reply: FakeAnswer }[]): FakeScript {
  return (prompt) => {
    const rule = rules.find(({ end }) => (typeof end === 'string' ? prompt.promptText.endsWith(end) : end.test(prompt.promptText)));
    if (!rule) throw new Error(`no rule of the script matches a prompt that ends with ${JSON.stringify(tail(prompt))}`);
    return rule.reply;
  };
}

/**
 * Chooses the reply by how often the prompt holds the marker (by default the action stop), which tells the round without any state:
 * any number of conversations can be played at once. After the last reply it begins again.
 */
export function replyByRound(replies: readonly FakeAnswer[], marker = '```output'): FakeScript {
  return ({ promptText }) => replies[(promptText.split(marker).length - 1) % replies.length] as FakeAnswer;
}

/**
 * As a real model does when another worker takes over in mid-round: what the prompt already holds of the reply isn't said again.
 * The longest start of the reply that the prompt ends with counts as said.
 */
export function continuing(script: FakeScript): FakeScript {
  const replyTo = toReplyTo(script);
  return (prompt) => {
    const reply = replyTo(prompt);
    const text = reply.text ?? '';
    let said = Math.min(text.length, prompt.promptText.length);
    while (said > 0 && !prompt.promptText.endsWith(text.slice(0, said))) said -= 1;
    return { ...reply, text: text.slice(said) };
  };
}

/**
 * Strikes every so-many-th prompt with the next of the faults, in turn. What is left of a reply that a fault cut short is said by whoever
 * takes it over.
 */
export function failing(script: FakeScript, faults: readonly FakeFault[], every: number): FakeScript {
  const replyTo = toReplyTo(continuing(script));
  let prompts = 0;
  return (prompt) => {
    prompts += 1;
    const fault = prompts % every === 0 ? faults[(prompts / every - 1) % faults.length] : undefined;
    return { ...replyTo(prompt), ...(fault ? { fault } : {}) };
  };
}

function toReply(answer: FakeAnswer): FakeReply {
  return typeof answer === 'string' ? { text: answer } : answer;
}

function tail({ promptText }: FakePrompt): string {
  return promptText.slice(-60);
}
