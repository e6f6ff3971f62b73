import assert from 'node:assert/strict';

const TIMEOUT_MS = 120_000;

/**
 * Asks a running system something that its model answers by running Python, and looks at the whole answer.
 * @param {string} url of the gateway, without /v1
 * @param {string} model name that it is served under
 */
export async function askQuestion(url, model = 'demo') {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      temperature: 0,
      messages: [{ role: 'user', content: 'What is 123 * 456?' }],
      interleave: { token_ids: true },
    }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const body = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  const [choice] = body.choices;
  console.log(choice.message.content);
  assert.equal(choice.finish_reason, 'stop');
  assert.match(choice.message.content, /```python[^]*123[^]*```output\n56088\n```[^]*56088/);
  const { tool_calls: toolCalls, turns, token_ids: ids, loss_mask: mask } = choice.interleave;
  assert.equal(toolCalls, 1);
  assert.equal(turns[0].output, '56088');
  assert.equal(ids.length, mask.length);
  const generated = mask.reduce((sum, bit) => sum + bit, 0);
  assert.equal(generated, body.usage.completion_tokens, 'the mask is 1 exactly on what the model generated');
  console.log(`Answered with ${toolCalls} tool call, ${generated} of ${ids.length} tokens generated.`);
}
