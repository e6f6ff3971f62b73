import type { Capabilities, WorkerTable } from '@interleave/contracts';
import type { StartSettings } from './start-settings';

/** What runs, and how to use it. */
export async function describeSystem(settings: StartSettings, apiUrl: string, logFolder: string): Promise<string> {
  const model = await servedModel(settings, apiUrl);
  const baseUrl = `${apiUrl}/v1`;
  const key = settings.gateway.apiKeys.length > 0 ? '$API_KEY' : 'any';
  const authorization = settings.gateway.apiKeys.length > 0 ? ' -H "Authorization: Bearer $API_KEY"' : '';
  return `
Interleave is ready.

  API      ${baseUrl}
  Model    ${model}${await describeWorkers(settings)}
  Sandbox  ${await describeSandbox(settings)}
  Logs     ${logFolder}

Ask it:

  curl ${baseUrl}/chat/completions -H 'Content-Type: application/json'${authorization} \\
    -d '{"model": "${model}", "messages": [{"role": "user", "content": "What is 123 * 456?"}]}'

  npm run ask -- "What is 123 * 456?"

From Python:

  from openai import OpenAI
  client = OpenAI(base_url="${baseUrl}", api_key="${key}")
  answer = client.chat.completions.create(model="${model}", messages=[{"role": "user", "content": "What is 123 * 456?"}])
  print(answer.choices[0].message.content)

A real model:  npm start -- --model-path Qwen/Qwen2.5-Coder-7B-Instruct        (vLLM and a GPU)
               npm start -- --model-path path/to/model.gguf                    (llama.cpp, no GPU needed)
Stop:          Ctrl-C
`;
}

async function servedModel(settings: StartSettings, apiUrl: string): Promise<string> {
  // Not /v1/models: of a key, only the hash may be known here.
  const { models } = (await getJson(`${apiUrl}/ready`, undefined)) as { models: readonly string[] };
  return models[0] ?? settings.modelPool?.modelPath ?? 'unknown';
}

async function describeWorkers({ gateway, modelPool }: StartSettings): Promise<string> {
  if (!modelPool) return '';
  const { workers } = (await getJson(`http://127.0.0.1:${modelPool.poolPort}/v1/workers`, gateway.serviceToken)) as WorkerTable;
  const engines = [...new Set(workers.map(({ engine }) => engine))].join(', ');
  const devices = workers.flatMap((worker) => worker.devices).join(', ');
  return ` on ${engines}, ${workers.length === 1 ? '1 worker' : `${workers.length} workers`}${devices ? ` (${devices})` : ''}`;
}

async function describeSandbox({ gateway, toolServer }: StartSettings): Promise<string> {
  if (!toolServer) return `tool server at ${gateway.toolServerUrl}`;
  const { sandbox, runtime, warning, python, packages, limits, sessions } = (await getJson(
    `http://127.0.0.1:${toolServer.toolPort}/v1/capabilities`,
    gateway.serviceToken,
  )) as Capabilities;
  const facts = `Python ${python}${packages.length === 0 ? ' (standard library only)' : ''}, ${limits.memory_mib} MiB, ${limits.timeout_ms / 1000} s a call, no network, up to ${sessions.max} at once`;
  if (warning === null) return `${sandbox} (${runtime}), ${facts}`;
  return `${sandbox} (${runtime}), ${facts}\n\n  WEAK SANDBOX: ${inLines(warning).join('\n  ')}`;
}

function inLines(text: string): string[] {
  return text.match(/.{1,110}(?:\s|$)/g)?.map((line) => line.trim()) ?? [text];
}

async function getJson(url: string, token: string | undefined): Promise<unknown> {
  const response = await fetch(url, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  });
  return response.json();
}
