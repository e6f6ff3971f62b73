import { INTERLEAVE_OPTIONS } from '../request/interleave-fields';
import { expectationOf } from '../request/json-schema';
import type { JsonSchema } from '../request/json-schema';
import { fieldRows } from './field-rows';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-size: 0.9rem; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem; border-bottom: 1px solid #8884; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre { background: #8882; padding: 0.8rem; overflow-x: auto; border-radius: 0.4rem; }`;

const PATHS: readonly (readonly [string, string])[] = [
  ['POST /v1/chat/completions', 'answers a chat'],
  ['POST /v1/completions', 'goes on with a text'],
  ['GET /v1/models', 'lists the models that are served'],
  ['GET /v1/models/{id}', 'one of them; ids may hold slashes'],
  ['GET /health', 'whether the process lives'],
  ['GET /ready', 'whether a worker is ready'],
  ['GET /metrics', 'Prometheus metrics'],
  ['GET /openapi.json', 'this surface as an OpenAPI document'],
];

/** The page that people read: one file, no scripts, nothing from elsewhere. */
export function docsPage(): string {
  const options: Readonly<Record<string, JsonSchema>> = INTERLEAVE_OPTIONS;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Interleave API</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Interleave API</h1>
<p>The OpenAI API of a model that runs Python while it answers. Every path is there without <code>/v1</code> too. As an OpenAPI document: <a href="openapi.json">openapi.json</a>.</p>
${table(
  ['path', ''],
  PATHS.map(([path, text]) => [code(path), escape(text)]),
)}
<pre>${escape(`curl http://127.0.0.1:8000/v1/chat/completions -H 'Content-Type: application/json' \\
  -d '{"model": "demo", "messages": [{"role": "user", "content": "What is 123 * 456?"}]}'`)}</pre>
<h2>Fields of a request</h2>
<p>Null means "not sent". A field that is not in the list goes to the worker as it is. What is refused is refused with status 400 and its name in <code>error.param</code>.</p>
${table(
  ['field', 'endpoint', '', 'values', ''],
  fieldRows().map(({ name, endpoints, treatment, values, note }) => [
    code(name),
    escape(endpoints),
    escape(treatment),
    escape(values),
    prose(note),
  ]),
)}
<h2>Options of <code>interleave</code></h2>
${table(
  ['option', 'values', ''],
  Object.entries(options).map(([name, schema]) => [code(name), escape(expectationOf(schema)), prose(schema.description ?? '')]),
)}
</body>
</html>
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>\n${[row(head, 'th'), ...rows.map((cells) => row(cells, 'td'))].join('\n')}\n</table>`;
}

function code(text: string): string {
  return `<code>${escape(text)}</code>`;
}

/** What stands between backticks is code. */
function prose(text: string): string {
  return escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
