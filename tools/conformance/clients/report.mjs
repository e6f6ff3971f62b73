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

/** The question that the models of dialects with functions call Python and `weather` for; see tools/conformance/function-rules.ts. */
export const WEATHER_QUESTION = 'What is the weather in Rome and Oslo?';
export const WEATHER_ANSWER = 'Sunny in Rome, rainy in Oslo.';
export const WEATHER_PARAMETERS = { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] };

/** The client's own function. @param {{ place: string }} input */
export function weather({ place }) {
  return `${place === 'Rome' ? 'sunny' : 'rainy'} in ${place}`;
}

/** What stands beside the calls: Python's own call and what it wrote, and never among the client's. @param {string | null | undefined} text */
export function assertPythonBeside(text) {
  assert.ok(text?.includes('Now the weather.'), `not the text beside the calls: ${JSON.stringify(text)}`);
  assert.ok(text.includes('<tool_response>\n42\n</tool_response>'), `no output of Python in ${JSON.stringify(text)}`);
  assert.ok(!text.includes('"weather"'), `a call of the client stands in the text: ${JSON.stringify(text)}`);
}
