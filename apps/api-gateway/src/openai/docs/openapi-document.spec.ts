import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewaySettings } from '@interleave/settings';
import { parseChatCompletionRequest, parseTextCompletionRequest } from '../parse-completion-request';
import type { JsonSchema } from '../request/json-schema';
import { docsPage } from './docs-page';
import { fieldRows } from './field-rows';
import { openApiDocument } from './openapi-document';

interface RequestSchema {
  readonly properties: Readonly<Record<string, JsonSchema & { readonly 'x-treatment': string }>>;
  readonly required: readonly string[];
}

const { components } = openApiDocument() as { components: { schemas: Record<string, RequestSchema> } };
const settings = new GatewaySettings();
const ENDPOINTS = [
  {
    name: 'ChatCompletionRequest',
    parse: parseChatCompletionRequest,
    least: { model: 'demo', messages: [{ role: 'user', content: 'x' }] },
  },
  { name: 'TextCompletionRequest', parse: parseTextCompletionRequest, least: { model: 'demo', prompt: 'x' } },
].map((endpoint) => ({ ...endpoint, schema: components.schemas[endpoint.name] as RequestSchema }));
/** Something that no field of a known type takes. */
const MONSTERS = [{ no: Symbol.iterator.toString() }, [[[null]]], 'no such value', -1.5, true];

/** What these fields want beside them. */
const COMPANY: Readonly<Record<string, Record<string, unknown>>> = {
  stream_options: { stream: true },
  top_logprobs: { logprobs: true },
};

describe.each(ENDPOINTS)('$name in the OpenAPI document', ({ schema, parse, least }) => {
  const typed = Object.entries(schema.properties).filter(([, property]) => property.anyOf !== undefined || property.type !== undefined);

  it.each(Object.keys(schema.properties).filter((name) => !schema.required.includes(name)))(
    'lets %s be null, as the parser does',
    (name) => {
      const { job } = parse({ ...least, [name]: null }, settings, 'owner');

      expect(job).toEqual(parse(least, settings, 'owner').job);
    },
  );

  it.each(typed)('says of %s no more than the parser takes', (name, property) => {
    for (const value of examplesOf(property)) {
      // The one must be as many as the other.
      const company = name === 'best_of' ? { n: value } : COMPANY[name];
      const body = { ...least, ...company, [name]: value };
      // Client tools are a matter of the dialect, which the document leaves open.
      if (name === 'tools' || name === 'tool_choice') continue;
      expect(() => parse(body, settings, 'owner')).not.toThrow();
    }
  });

  it.each(typed)('says of %s what is refused', (name) => {
    const isRefused = MONSTERS.map((value) => {
      try {
        parse({ ...least, ...COMPANY[name], [name]: value }, settings, 'owner');
        return false;
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_request', param: expect.stringMatching(new RegExp(`^${name}`)) });
        return true;
      }
    });
    expect(isRefused).toContain(true);
  });
});

describe('what people read about the fields', () => {
  it('is the same in docs/openai-surface.md: `npm run openai-fields` writes it', () => {
    const page = readFileSync(join(__dirname, '../../../../../docs/openai-surface.md'), 'utf8');
    const rows = page
      .split('\n')
      .filter((line) => line.startsWith('| `') && line.split('|').length === 7)
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );

    expect(rows).toEqual(
      fieldRows().map(({ name, endpoints, treatment, values, note }) => [`\`${name}\``, endpoints, treatment, values, note]),
    );
  });

  it('is a page without scripts and without anything from elsewhere', () => {
    expect(docsPage()).not.toMatch(/<script|src=|@import|https:/);
    for (const { name } of fieldRows()) expect(docsPage()).toContain(`<code>${name}</code>`);
  });
});

/** A value or two of a schema, at its edges. */
function examplesOf(schema: JsonSchema): unknown[] {
  if (schema.anyOf) return schema.anyOf.flatMap(examplesOf);
  if (schema.enum) return [...schema.enum];
  switch (schema.type) {
    case 'integer':
    case 'number':
      return [schema.minimum ?? 0, schema.maximum ?? 1];
    case 'string':
      return schema.pattern === undefined ? ['x'.repeat(Math.min(schema.maxLength ?? 1, 5000))] : ['name'];
    case 'boolean':
      return [true, false];
    case 'null':
      return [null];
    case 'array':
      return schema.maxItems === 0 ? [[]] : [(schema.items ? examplesOf(schema.items) : [1]).slice(0, 1)];
    case 'object': {
      const names = schema.required ?? [];
      const needed = names.map((name) => [name, examplesOf(schema.properties?.[name] ?? {})[0]]);
      return [Object.fromEntries(needed)];
    }
    default:
      return [1];
  }
}
