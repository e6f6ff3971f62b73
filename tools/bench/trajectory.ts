import type { CreateSessionResponse, ExecutionResult, VllmCompletionChunk, VllmTokenizeResponse } from '@interleave/contracts';
import type { HttpClient } from '../harness/http-client';

const MESSAGES = [{ role: 'user', content: 'Double 21, then 22, then 23, and tell me the first result.' }];
const ANSWER = 'The answer is 42.';
const STOP = '```output';

/** Three calls and an answer: what the model says, round by round. */
export const ROUNDS = [
  ...[21, 22, 23].map((number) => `Let me compute that with Python.\n\`\`\`python\nprint(${number} * 2)\n\`\`\`\n${STOP}\n`),
  ANSWER,
];

const REQUEST = { model: 'demo', messages: MESSAGES, interleave: { max_turns: 4 } };

/** One trajectory through the gateway, as a client asks for it. */
export async function trajectoryThroughGateway(gateway: HttpClient): Promise<void> {
  const { choices } = await gateway.json<{ choices: { message: { content: string }; finish_reason: string }[] }>(
    'POST',
    '/v1/chat/completions',
    REQUEST,
  );
  const [choice] = choices;
  if (choice?.finish_reason !== 'stop' || !choice.message.content.endsWith(ANSWER))
    throw new Error(`the gateway answered ${JSON.stringify(choices)}`);
}

/** The same, streamed to the client. */
export async function streamedThroughGateway(gateway: HttpClient): Promise<void> {
  let received = '';
  for await (const bytes of await gateway.stream('/v1/chat/completions', { ...REQUEST, stream: true })) received += bytes.toString();
  if (!received.endsWith('data: [DONE]\n\n') || !received.includes('"finish_reason":"stop"'))
    throw new Error(`the gateway streamed ${received}`);
}

/**
 * The same trajectory without the gateway: the calls that no way around can spare. The prompt is rendered once; each round is one streamed completion,
 * each tool call one execution and one tokenisation of what it printed; the session is opened and, without waiting for that, closed.
 * Returns what became of the closing: null, or the error.
 */
export async function trajectoryMadeDirectly(worker: HttpClient, tools: HttpClient): Promise<{ readonly closing: Promise<unknown> }> {
  let ids = (await worker.json<VllmTokenizeResponse>('POST', '/tokenize', { messages: MESSAGES })).tokens;
  let sessionId: string | null = null;
  for (let round = 0; round < ROUNDS.length; round += 1) {
    const { text, generated } = await complete(worker, ids);
    ids = [...ids, ...generated];
    const code = /```python\n([^]*?)\n```/.exec(text)?.[1];
    if (code === undefined) continue;
    sessionId ??= (await tools.json<CreateSessionResponse>('POST', '/v1/sessions', {})).session_id;
    const result = await tools.json<ExecutionResult>('POST', `/v1/sessions/${sessionId}/execute`, { code, timeout_ms: 10_000 });
    const observation = { prompt: `${result.output}\`\`\`\n`, add_special_tokens: false };
    ids = [...ids, ...(await worker.json<VllmTokenizeResponse>('POST', '/tokenize', observation)).tokens];
  }
  return {
    closing: tools.json('DELETE', `/v1/sessions/${sessionId}`).then(
      () => null,
      (error: unknown) => error,
    ),
  };
}

async function complete(
  worker: HttpClient,
  ids: readonly number[],
): Promise<{ readonly text: string; readonly generated: readonly number[] }> {
  const body = { prompt: ids, stream: true, max_tokens: 512, stop: [STOP], include_stop_str_in_output: true, return_token_ids: true };
  const generated: number[] = [];
  let text = '';
  for await (const { choices } of worker.events<VllmCompletionChunk>('/v1/completions', body)) {
    text += choices[0]?.text ?? '';
    generated.push(...(choices[0]?.token_ids ?? []));
  }
  return { text, generated };
}
