// The Vercel AI SDK, through its OpenAI provider and through the one for compatible servers.
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, jsonSchema, streamText, tool } from 'ai';
import { assertTranscript, runChecks } from './report.mjs';

const [, , url] = process.argv;
const settings = { baseURL: `${url}/v1`, apiKey: 'any' };
const openai = createOpenAI(settings);
const compatible = createOpenAICompatible({ ...settings, name: 'interleave', includeUsage: true });
const prompt = 'What is 6 * 7?';
const once = { maxRetries: 0, prompt };
const weather = tool({ inputSchema: jsonSchema({ type: 'object', properties: {} }) });

async function streamed(model) {
  const result = streamText({ ...once, model, onError: () => undefined });
  let text = '';
  for await (const delta of result.textStream) text += delta;
  assertTranscript(text);
  assert.equal(await result.finishReason, 'stop');
  assert.ok((await result.usage).outputTokens > 0);
}

for (const [name, chat, text, unknown] of [
  ['ai, openai', openai.chat('demo'), openai.completion('demo'), openai.chat('nope')],
  ['ai, openai-compatible', compatible.chatModel('demo'), compatible.completionModel('demo'), compatible.chatModel('nope')],
]) {
  await runChecks(name, {
    chat: async () => {
      const result = await generateText({ ...once, model: chat });
      assertTranscript(result.text);
      assert.ok(result.usage.outputTokens > 0);
    },
    'chat, streamed': () => streamed(chat),
    text: async () => assertTranscript((await generateText({ ...once, model: text, maxOutputTokens: 200 })).text),
    'text, streamed': async () => {
      let whole = '';
      for await (const delta of streamText({ ...once, model: text, maxOutputTokens: 200 }).textStream) whole += delta;
      assertTranscript(whole);
    },
    'stop strings': async () => {
      const result = await generateText({ ...once, model: chat, stopSequences: ['answer'] });
      assert.ok(result.text.endsWith('The ') && result.finishReason === 'stop');
    },
    'a conversation': async () => {
      const messages = [
        { role: 'user', content: prompt },
        { role: 'assistant', content: 'Hm.' },
        { role: 'user', content: 'And?' },
      ];
      assertTranscript((await generateText({ maxRetries: 0, system: 'Be brief.', messages, model: chat })).text);
    },
    'tools are refused by name': async () => {
      const isRefused = (error) => APICallError.isInstance(error) && error.statusCode === 400 && error.data.error.param === 'tools';
      await assert.rejects(generateText({ ...once, model: chat, tools: { weather } }), isRefused);
    },
    'unknown model': async () => {
      const isNotFound = (error) =>
        APICallError.isInstance(error) && error.statusCode === 404 && error.data.error.code === 'model_not_found';
      await assert.rejects(generateText({ ...once, model: unknown }), isNotFound);
    },
  });
}
