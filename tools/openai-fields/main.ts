import { readFileSync, writeFileSync } from 'node:fs';
import { fieldRows } from '../../apps/api-gateway/src/openai/docs/field-rows';
import { markdownTable } from '../harness/markdown-table';

/** Writes the table of request fields in docs/openai-surface.md again. */
const PAGE = 'docs/openai-surface.md';
const START = '<!-- fields: npm run openai-fields -->\n\n';
const END = '\n<!-- end of fields -->';

const page = readFileSync(PAGE, 'utf8');
const start = page.indexOf(START) + START.length;
const rows = fieldRows().map(({ name, ...cells }) => [`\`${name}\``, cells.endpoints, cells.treatment, cells.values, cells.note]);
const table = markdownTable(['field', 'endpoint', 'treatment', 'values', ''], rows);
writeFileSync(PAGE, page.slice(0, start) + table + page.slice(page.indexOf(END)));
