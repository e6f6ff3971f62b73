import assert from 'node:assert/strict';

/** What the fake model and the fake sandbox say: see tools/conformance/main.ts. */
export const ANSWER = 'The answer is 42.';
export const OBSERVATION = '```output\n42\n```\n';

/** The transcript of one answer, tool output included. @param {string | null | undefined} text */
export function assertTranscript(text) {
  assert.ok(text?.includes(OBSERVATION), `no tool output in ${JSON.stringify(text)}`);
  assert.ok(text.endsWith(ANSWER), `not the answer: ${JSON.stringify(text)}`);
}

/** Runs the checks of a client one after another; each leaves as a line of JSON. @param {string} client @param {Record<string, () => Promise<void>>} checks */
export async function runChecks(client, checks) {
  for (const [check, run] of Object.entries(checks)) {
    let failure = null;
    try {
      await run();
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    console.log(JSON.stringify({ client, check, failure }));
  }
}
