/** A function that the model calls. */
export interface ToolCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** `{"name": …, "arguments": {…}}`; the arguments may be JSON in a string, as OpenAI's are. Null for anything else. */
export function parseToolCall(text: string): ToolCall | null {
  const call = parseObject(text.trim());
  const name = call?.['name'];
  if (typeof name !== 'string' || name.trim() === '') return null;
  const written = call?.['arguments'] ?? {};
  const values = typeof written === 'string' ? parseObject(written) : asObject(written);
  return values && { name: name.trim(), arguments: values };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return asObject(JSON.parse(text));
  } catch (_notJson) {
    return null;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}
