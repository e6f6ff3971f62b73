// OpenAI's own client for Node.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { assertTranscript, runChecks } from './report.mjs';

const [, , url] = process.argv;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any', maxRetries: 0 });
const bare = new OpenAI({ baseURL: url, apiKey: 'any', maxRetries: 0 });
const messages = [{ role: 'user', content: 'What is 6 * 7?' }];
const chat = { model: 'demo', messages };
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }];

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
