import type { ServerResponse } from 'node:http';
import { sendJson } from '../http/responses';

const TYPES: Readonly<Record<number, string>> = { 400: 'BadRequestError', 404: 'NotFoundError', 500: 'InternalServerError' };

/** An error as vLLM words it: `code` is the HTTP status. */
export class VllmError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly param: string | null = null,
  ) {
    super(message);
    this.name = 'VllmError';
  }

  get body() {
    return { error: { message: this.message, type: TYPES[this.status] ?? 'ServerError', param: this.param, code: this.status } };
  }

  send(response: ServerResponse): void {
    sendJson(response, this.status, this.body);
  }
}

/** A prompt that leaves no room at all, and one that leaves too little, get different sentences. */
export function contextOverflow(maxModelLen: number, promptTokens: number, maxTokens: number | null): VllmError {
  const start = `This model's maximum context length is ${maxModelLen} tokens. However,`;
  const message =
    promptTokens >= maxModelLen || maxTokens === null
      ? `${start} your request has ${promptTokens} input tokens. Please reduce the length of the input messages.`
      : `${start} you requested ${maxTokens} output tokens and your prompt contains ${promptTokens} input tokens, for a total of ` +
        `${maxTokens + promptTokens} tokens. Please reduce the length of the input prompt or the number of requested output tokens.`;
  return new VllmError(400, message, 'input_tokens');
}
