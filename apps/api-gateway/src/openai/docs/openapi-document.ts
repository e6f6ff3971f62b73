import { CHAT_FIELDS } from '../request/chat-fields';
import { nullable } from '../request/json-schema';
import type { RequestField, RequestFields } from '../request/request-field';
import { TEXT_FIELDS } from '../request/text-fields';
import { ANSWER_SCHEMAS } from './answer-schemas';

const JSON_TYPE = 'application/json';
/** With `stream: true`: `data` is a chunk as JSON, at last `[DONE]`. */
const EVENT = { type: 'object', properties: { data: { type: 'string' }, event: { type: 'string' } }, required: ['data'] };
/** What an answer's status can be in place of 200. */
const ANSWER_ERRORS = ['400', '401', '404', '413', '429', '500', '502', '503', '504'];

/** The OpenAPI document of the client's surface: request schemas are the tables that the parser checks by. */
export function openApiDocument(): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Interleave',
      version: '1',
      description: 'The OpenAI API of a model that runs Python while it answers. Every path is there without /v1 too.',
    },
    security: [{}, { apiKey: [] }],
    paths: {
      '/v1/chat/completions': {
        post: operation('Answers a chat', requestBody('ChatCompletionRequest'), 'ChatCompletion', ANSWER_ERRORS),
      },
      '/v1/completions': {
        post: operation('Goes on with a text', requestBody('TextCompletionRequest'), 'TextCompletion', ANSWER_ERRORS),
      },
      '/v1/models': { get: operation('Lists the models that are served', {}, 'ModelList', ['401', '503']) },
      '/v1/models/{id}': {
        get: operation(
          'One model',
          {
            parameters: [
              {
                name: 'id',
                in: 'path',
                required: true,
                description: 'May hold slashes.',
                schema: { type: 'string', minLength: 1, maxLength: 1024 },
              },
            ],
          },
          'Model',
          ['400', '401', '404'],
        ),
      },
    },
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'Any key where none is configured.' } },
      schemas: {
        ChatCompletionRequest: requestSchema(CHAT_FIELDS, ['model', 'messages']),
        TextCompletionRequest: requestSchema(TEXT_FIELDS, ['model', 'prompt']),
        ...ANSWER_SCHEMAS,
      },
    },
  };
}

/** Null is "not sent" for every field that may be left out. Fields that are named nowhere go to the worker. */
function requestSchema(fields: RequestFields, required: readonly string[]): Record<string, unknown> {
  const properties = Object.entries(fields).map(([name, field]) => [name, propertyOf(field, required.includes(name))]);
  return { type: 'object', properties: Object.fromEntries(properties), required, additionalProperties: true };
}

function propertyOf({ schema, note, treatment }: RequestField, isRequired: boolean): Record<string, unknown> {
  const isAnything = Object.keys(schema).length === 0;
  return {
    ...(isRequired || isAnything || schema.type === 'null' ? schema : nullable(schema)),
    description: treatment === 'refused' ? `Refused. ${note}` : note,
    'x-treatment': treatment,
  };
}

function requestBody(schema: string): Record<string, unknown> {
  return { requestBody: { required: true, content: { [JSON_TYPE]: { schema: ref(schema) } } } };
}

function operation(summary: string, request: Record<string, unknown>, answer: string, errors: readonly string[]): Record<string, unknown> {
  const failures = errors.map((status) => [status, { description: 'See `error`.', content: { [JSON_TYPE]: { schema: ref('Error') } } }]);
  const isStreamable = answer.endsWith('Completion');
  const content = {
    [JSON_TYPE]: { schema: ref(answer) },
    ...(isStreamable ? { 'text/event-stream': { schema: EVENT } } : {}),
  };
  return { summary, ...request, responses: { '200': { description: 'The answer', content }, ...Object.fromEntries(failures) } };
}

function ref(schema: string): Record<string, unknown> {
  return { $ref: `#/components/schemas/${schema}` };
}
