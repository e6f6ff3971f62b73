import { loadDialectCases, loadVerltoolCases } from '@interleave/testing';
import fc from 'fast-check';
import { runTrajectory } from '../../../test/run-trajectory';
import { ScriptedModel } from '../../../test/scripted-model';
import { findProgram } from '../find-program';
import { frameFor } from '../observation-form';
import { DIALECTS, resolveDialect } from '../resolve-dialect';
import { verltool } from './verltool';

/** What every dialect must pass; a new one is tested as soon as it is in DIALECTS. */
describe.each(Object.values(DIALECTS))('dialect $name', (dialect) => {
  const cases = loadDialectCases(dialect.name);
  const shown = cases.filter(({ transcript }) => transcript !== undefined);
  const policy = { dialect, actionStops: dialect.actionStops };

  it('has a name of its own, stops, and a last form that fits every action', () => {
    expect(DIALECTS[dialect.name]).toBe(dialect);
    expect(dialect.actionStops.length).toBeGreaterThan(0);
    expect(dialect.observationAfterStop.at(-1)?.when).toBeUndefined();
    for (const { opening } of dialect.grammars) expect(opening.flags).toContain('g');
  });

  it('has golden cases of calls, of a transcript, of plain text and of what never closes', () => {
    expect(cases.filter(({ code }) => code !== null).length).toBeGreaterThan(1);
    expect(cases.filter(({ code }) => code === null).length).toBeGreaterThan(1);
    expect(shown.length).toBeGreaterThan(0);
  });

  it.each(cases)('finds what is to be run: $name', ({ text, code, stdin = null }) => {
    expect(findProgram(text, dialect)).toEqual(code === null ? null : { code, stdin });
  });

  it.each(shown)('shows the output as it was trained to read it: $name', async ({ text, code, output = '', transcript }) => {
    const model = new ScriptedModel([text, 'Done.']);
    const done = await runTrajectory(model, { policy, outputs: [output], separatorRole: dialect.mtrlRole });
    expect(done.codes).toEqual([code]);
    expect(done.text).toBe(`${transcript}Done.`);
    expect(done.text).toBe(model.tokenizer.decodeVisible(done.tokenIds));
  });

  it.each(shown)('reads the same whether calls are started early or not, and with mtrl too: $name', async ({ text, output = '' }) => {
    for (const enableMtrl of [false, true]) {
      const run = async (earlyExecution: boolean) => {
        const done = await runTrajectory(new ScriptedModel([text, 'Done.']), {
          policy: { ...policy, enableMtrl, earlyExecution },
          outputs: [output],
        });
        return { text: done.text, ids: done.tokenIds, mask: done.mask, codes: done.codes, end: done.end };
      };
      expect(await run(true)).toEqual(await run(false));
    }
  });

  it('survives any text, and finds only what stands in it', () => {
    const piece = fc.constantFrom(
      ...['```', '```python\n', '```py ', '```output', '<python>', '</python>', '<tool_call>', '</tool_call>', '\n', '\r\n', "'", '\\'],
      ...['{"name": "python", "arguments": {"code": "x"}}', '```input\n', 'é😀', ' ', 'x'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        const program = findProgram(pieces.join(''), dialect);
        for (const line of program?.code.split('\n') ?? []) expect(pieces.join('')).toContain(line);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['```python\n', '<python>', '<tool_call>', '```'])('looks at a text of many times %j once', (part) => {
    const text = part.repeat(200_000);
    expect(findProgram(text, dialect)?.code.length ?? 0).toBeLessThanOrEqual(text.length);
  });
});

describe('the dialect verltool', () => {
  const recorded = ['python_code', 'more-python_code'].flatMap((file) => loadVerltoolCases(file));
  const simple = recorded.flatMap((golden) => {
    const { actions } = JSON.parse(golden.requestText) as { actions?: unknown[] };
    const [action] = actions ?? [];
    const observation = (golden.ours?.response ?? golden.response).observations?.[0];
    if (
      golden.status !== 200 ||
      actions?.length !== 1 ||
      typeof action !== 'string' ||
      typeof observation !== 'string' ||
      observation === ''
    )
      return [];
    return observation.startsWith('LEN ') ? [] : [{ name: golden.name, action, observation }];
  });

  it('knows enough recorded observations to be compared with', () => {
    expect(simple.length).toBeGreaterThan(30);
  });

  it.each(simple)("frames a result as VerlTool's own server did: $name", ({ action, observation }) => {
    const { before, after } = frameFor(action, verltool.observationAfterStop);
    expect(observation.slice(0, before.length)).toBe(before);
    expect(observation.slice(-after.length)).toBe(after);
    expect(findProgram(action, verltool)).not.toBeNull();
  });
});

describe('the choice of a dialect', () => {
  it.each([
    ['auto', [], '', 'torl', ['```output']],
    ['auto', [], '<tools></tools> within <tool_call></tool_call>', 'hermes', ['</tool_call>']],
    ['auto', ['```output'], '<tool_call>', 'torl', ['```output']],
    ['auto', ['<python>'], '', 'acecoder', ['</python>']],
    ['auto', ['</python>'], '', 'acecoder', ['</python>']],
    ['auto', ['<tool_call>'], '', 'hermes', ['</tool_call>']],
    ['auto', ['```python'], '', 'torl', ['```output']],
    ['verltool', ['```output', '<result>'], '', 'verltool', ['```output', '<result>']],
    ['native', [], '', 'native', ['</tool_call>']],
  ] as const)('%s with %j and the template %j: %s, %j', (name, stops, template, dialect, actionStops) => {
    const resolved = resolveDialect(name, stops, template);
    expect([resolved.dialect.name, resolved.actionStops]).toEqual([dialect, actionStops]);
  });
});
