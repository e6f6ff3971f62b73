// The Vercel AI SDK, through its OpenAI provider and through the one for compatible servers.
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import {
  assertPythonBeside,
  assertTranscript,
  runChecks,
  weather as weatherIn,
  WEATHER_ANSWER,
  WEATHER_PARAMETERS,
  WEATHER_QUESTION,
} from './report.mjs';

const [, , url, hermesUrl, nativeUrl] = process.argv;
const settings = { baseURL: `${url}/v1`, apiKey: 'any' };
const openai = createOpenAI(settings);
const compatible = createOpenAICompatible({ ...settings, name: 'interleave', includeUsage: true });
const prompt = 'What is 6 * 7?';
const once = { maxRetries: 0, prompt };
const weather = tool({ inputSchema: jsonSchema(WEATHER_PARAMETERS), execute: weatherIn });

async function streamed(model) {
  const result = streamText({ ...once, model, onError: () => undefined });
  let text = '';
  for await (const delta of result.textStream) text += delta;
  assertTranscript(text);
  assert.equal(await result.finishReason, 'stop');
  assert.ok((await result.usage).outputTokens > 0);
}

const asked = { maxRetries: 0, prompt: WEATHER_QUESTION, tools: { weather }, stopWhen: stepCountIs(5) };

/** The SDK's own loop: it calls the function and sends what it answers, step by step. */
async function runTools(model) {
  const result = await generateText({ ...asked, model });
  assertSteps(result.steps);
}

async function streamTools(model) {
  const result = streamText({ ...asked, model, onError: () => undefined });
  await result.consumeStream();
  assertSteps(await result.steps);
}

function assertSteps(steps) {
  assert.equal(steps.length, 2);
  const [first, last] = steps;
  assertPythonBeside(first.text);
  assert.equal(first.finishReason, 'tool-calls');
  assert.deepEqual(
    first.toolCalls.map(({ toolName, input }) => [toolName, input.place]),
    [
      ['weather', 'Rome'],
      ['weather', 'Oslo'],
    ],
  );
  assert.equal(last.text, WEATHER_ANSWER);
  assert.equal(last.finishReason, 'stop');
}

async function chosen(model, toolChoice) {
  const { toolCalls } = await generateText({ ...asked, model, toolChoice, stopWhen: stepCountIs(1) });
  assert.deepEqual(
    toolCalls.map(({ input }) => input.place),
    ['Bonn'],
  );
}

const openaiAt = (baseURL) => createOpenAI({ ...settings, baseURL: `${baseURL}/v1` }).chat('demo');
const compatibleAt = (baseURL) => createOpenAICompatible({ name: 'interleave', baseURL: `${baseURL}/v1` }).chatModel('demo');

for (const [name, chat, text, unknown, at] of [
  ['ai, openai', openai.chat('demo'), openai.completion('demo'), openai.chat('nope'), openaiAt],
  ['ai, openai-compatible', compatible.chatModel('demo'), compatible.completionModel('demo'), compatible.chatModel('nope'), compatibleAt],
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
    'tools, hermes': () => runTools(at(hermesUrl)),
    'tools, hermes, streamed': () => streamTools(at(hermesUrl)),
    'tools, native': () => runTools(at(nativeUrl)),
    'tools, native, streamed': () => streamTools(at(nativeUrl)),
    tool_choice: async () => {
      await chosen(at(hermesUrl), 'required');
      await chosen(at(hermesUrl), { type: 'tool', toolName: 'weather' });
    },
    'unknown model': async () => {
      const isNotFound = (error) =>
        APICallError.isInstance(error) && error.statusCode === 404 && error.data.error.code === 'model_not_found';
      await assert.rejects(generateText({ ...once, model: unknown }), isNotFound);
    },
  });
}
