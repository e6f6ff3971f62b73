// OpenAI's own client for Node.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import {
  assertPythonBeside,
  assertTranscript,
  runChecks,
  weather,
  WEATHER_ANSWER,
  WEATHER_PARAMETERS,
  WEATHER_QUESTION,
} from './report.mjs';

const [, , url, hermesUrl, nativeUrl] = process.argv;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any', maxRetries: 0 });
const bare = new OpenAI({ baseURL: url, apiKey: 'any', maxRetries: 0 });
const messages = [{ role: 'user', content: 'What is 6 * 7?' }];
const chat = { model: 'demo', messages };
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }];

const at = (/** @type {string} */ baseURL) => new OpenAI({ baseURL: `${baseURL}/v1`, apiKey: 'any', maxRetries: 0 });
const weatherTool = { type: 'function', function: { name: 'weather', parameters: WEATHER_PARAMETERS } };
const weatherChat = { model: 'demo', messages: [{ role: 'user', content: WEATHER_QUESTION }], tools: [weatherTool] };

/** The SDK's own loop: it calls the function and sends what it answers. @param {string} baseURL @param {boolean} stream */
async function runTools(baseURL, stream) {
  const tool = { type: 'function', function: { ...weatherTool.function, function: weather, parse: JSON.parse } };
  const runner = at(baseURL).chat.completions.runTools({ ...weatherChat, tools: [tool], stream });
  assert.equal(await runner.finalContent(), WEATHER_ANSWER);
  const asked = runner.messages.find(({ role }) => role === 'assistant');
  assertPythonBeside(asked.content);
  assert.deepEqual(
    asked.tool_calls.map((call) => [call.function.name, JSON.parse(call.function.arguments).place]),
    [
      ['weather', 'Rome'],
      ['weather', 'Oslo'],
    ],
  );
}

/** @param {object} fields */
async function placesOf(fields) {
  const { choices } = await at(hermesUrl).chat.completions.create({ ...weatherChat, ...fields });
  assert.equal(choices[0].finish_reason, 'tool_calls');
  return choices[0].message.tool_calls.map((call) => JSON.parse(call.function.arguments).place);
}

await runChecks('openai (node)', {
  chat: async () => assertTranscript((await client.chat.completions.create(chat)).choices[0].message.content),
  'chat, streamed': async () => {
    const runner = client.chat.completions.stream({ ...chat, stream_options: { include_usage: true } });
    assertTranscript(await runner.finalContent());
    assert.ok((await runner.totalUsage()).completion_tokens > 0);
  },
  text: async () => assertTranscript((await client.completions.create({ model: 'demo', prompt: 'Q', max_tokens: 200 })).choices[0].text),
  'text, streamed': async () => {
    let text = '';
    for await (const chunk of await client.completions.create({ model: 'demo', prompt: 'Q', max_tokens: 200, stream: true })) {
      text += chunk.choices[0]?.text ?? '';
    }
    assertTranscript(text);
  },
  'several answers': async () => {
    const { choices } = await client.chat.completions.create({ ...chat, n: 3 });
    assert.equal(choices.length, 3);
    for (const { message } of choices) assertTranscript(message.content);
  },
  'stop strings': async () => {
    const { choices } = await client.chat.completions.create({ ...chat, stop: ['answer'] });
    assert.ok(choices[0].message.content.endsWith('The ') && choices[0].finish_reason === 'stop');
  },
  logprobs: async () => {
    const { choices, usage } = await client.chat.completions.create({ ...chat, logprobs: true, top_logprobs: 1 });
    assert.equal(choices[0].logprobs.content.length, usage.completion_tokens);
  },
  response_format: async () => {
    assertTranscript((await client.chat.completions.create({ ...chat, response_format: { type: 'text' } })).choices[0].message.content);
  },
  'a conversation': async () => {
    const { choices } = await client.chat.completions.create(chat);
    const developer = { role: 'developer', content: 'Be brief.' };
    const again = {
      ...chat,
      messages: [developer, ...messages, choices[0].message, { role: 'user', content: [{ type: 'text', text: 'And?' }] }],
    };
    assert.ok((await client.chat.completions.create(again)).choices[0].message.content.endsWith('The answer is 42.'));
  },
  'tools are refused by name': async () => {
    await assert.rejects(
      client.chat.completions.create({ ...chat, tools }),
      (error) => error instanceof OpenAI.BadRequestError && error.param === 'tools',
    );
  },
  'tools, hermes': () => runTools(hermesUrl, false),
  'tools, hermes, streamed': () => runTools(hermesUrl, true),
  'tools, native': () => runTools(nativeUrl, false),
  'tools, native, streamed': () => runTools(nativeUrl, true),
  'one tool at a time': async () => assert.deepEqual(await placesOf({ parallel_tool_calls: false }), ['Rome']),
  tool_choice: async () => {
    assert.deepEqual(await placesOf({ tool_choice: 'required' }), ['Bonn']);
    assert.deepEqual(await placesOf({ tool_choice: { type: 'function', function: { name: 'weather' } } }), ['Bonn']);
  },
  'unknown model': async () => {
    const isNotFound = (error) => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found' && error.requestID !== null;
    await assert.rejects(client.chat.completions.create({ ...chat, model: 'nope' }), isNotFound);
  },
  models: async () => {
    assert.deepEqual(
      (await client.models.list()).data.map(({ id }) => id),
      ['demo'],
    );
    assert.equal((await client.models.retrieve('demo')).id, 'demo');
  },
  'base URL without /v1': async () => assertTranscript((await bare.chat.completions.create(chat)).choices[0].message.content),
});
