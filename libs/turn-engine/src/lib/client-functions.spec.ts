import fc from 'fast-check';
import { ContinuingModel } from '../../test/continuing-model';
import { ANSWER, runTrajectory } from '../../test/run-trajectory';
import { ScriptedModel } from '../../test/scripted-model';
import { INVALID_ACTION_MESSAGE, NO_TURN_LEFT_MESSAGE } from './dialect';
import { resolveDialect } from './resolve-dialect';

const written = (name: string, values: unknown) => `<tool_call>\n${JSON.stringify({ name, arguments: values })}\n</tool_call>`;
const weather = (city: string) => written('weather', { city });
const python = (code: string) => written('python', { code });
const response = (text: string) => `\n<tool_response>\n${text}\n</tool_response>\n`;
const hermes = { ...resolveDialect('hermes', []), clientFunctions: new Set(['weather', 'time']) };
const native = { ...resolveDialect('native', []), clientFunctions: new Set(['weather']) };

describe('functions of the client', () => {
  it('end the answer, and what calls them is not part of its text', async () => {
    const model = new ScriptedModel([`Let me look.\n${weather('Rome')}\n`, '']);
    const done = await runTrajectory(model, { policy: hermes });

    expect(done.end).toMatchObject({ stopCause: 'client_tool', finishReason: 'tool_calls' });
    expect(done.end.clientCalls).toEqual([{ name: 'weather', arguments: { city: 'Rome' } }]);
    expect(done.text).toBe('Let me look.\n');
    expect(model.tokenizer.decode(done.tokenIds)).toContain(weather('Rome'));
  });

  it('stand beside Python, which is run and shown', async () => {
    const done = await runTrajectory(new ScriptedModel([python('print(1)'), weather('Rome'), '']), { policy: hermes, outputs: ['1'] });

    expect(done.codes).toEqual(['print(1)']);
    expect(done.text).toBe(python('print(1)') + response('1'));
    expect(done.end).toMatchObject({ stopCause: 'client_tool', toolCalls: 1 });
  });

  it('are not valid where the client did not name them, and the text shows what was said', async () => {
    const done = await runTrajectory(new ScriptedModel([written('search', {}), ANSWER]), { policy: hermes });

    expect(done.text).toContain(written('search', {}));
    expect(done.text).toContain(INVALID_ACTION_MESSAGE);
    expect(done.end.stopCause).toBe('eos');
  });

  it.each([
    ['with a line end', `${weather('Rome')}\n${weather('Oslo')}`, ['Rome', 'Oslo']],
    ['without', weather('Rome') + weather('Oslo') + weather('Bonn'), ['Rome', 'Oslo', 'Bonn']],
    ['up to a tool output that the model makes up', `${weather('Rome')}\n<tool_response>\nsunny\n</tool_response>`, ['Rome']],
    ['up to a word', `${weather('Rome')}\nIt is ${weather('Oslo')}`, ['Rome']],
  ])('may be called several at once: %s', async (_what, text, cities) => {
    for (const pieceLength of [1, 5, 10_000]) {
      const model = new ContinuingModel(`Now.\n${text}`, pieceLength);
      const done = await runTrajectory(model, { policy: hermes });

      expect(done.end.clientCalls.map((call) => call.arguments['city'])).toEqual(cities);
      expect([done.text, done.end.stopCause]).toEqual(['Now.\n', 'client_tool']);
      // Every id that the model generated is kept and sent again.
      for (const { contextIds } of model.requests.slice(1))
        expect([...done.promptIds, ...done.tokenIds].slice(0, contextIds.length)).toEqual(contextIds);
      expect(done.mask).not.toContain(false);
    }
  });

  it('are called one at a time where the client wants that', async () => {
    const model = new ContinuingModel(`${weather('Rome')}\n${weather('Oslo')}`, 7);
    const done = await runTrajectory(model, { policy: { ...hermes, parallelClientCalls: false } });

    expect(done.end.clientCalls).toEqual([{ name: 'weather', arguments: { city: 'Rome' } }]);
    expect(model.requests).toHaveLength(1);
  });

  it('wait for Python that is asked for beside them, and the text tells of its output', async () => {
    const text = `Now.\n${weather('Rome')}\n${python('x = 1')}\n${weather('Oslo')}\n${python('print(x)')}`;
    const done = await runTrajectory(new ContinuingModel(text, 3), { policy: hermes, outputs: ['', '1'] });

    expect(done.codes).toEqual(['x = 1', 'print(x)']);
    expect(done.end.clientCalls.map((call) => call.arguments['city'])).toEqual(['Rome', 'Oslo']);
    expect(done.text).toBe(`Now.\n${python('x = 1')}\n${python('print(x)')}${response('')}${response('1').trimStart()}`);
    expect(done.events.filter(({ type }) => type === 'turn-end')).toMatchObject([
      { record: { turn: 1, code: 'x = 1' } },
      { record: { turn: 1, text: '', code: 'print(x)', output: '1' } },
    ]);
  });

  it('are text of an answer that is cut short', async () => {
    const text = `${weather('Rome')}\n${weather('Oslo')}`;
    const model = new ContinuingModel(text, 1);
    const done = await runTrajectory(model, { policy: hermes, request: { maxTokens: weather('Rome').length + 20 } });

    expect(done.end).toMatchObject({ finishReason: 'length', clientCalls: [] });
    expect(text.startsWith(done.text)).toBe(true);
    expect(done.text).toContain(`${weather('Rome')}\n<tool_call>`);
  });

  it('that must be called are begun for the model, by ids that it did not generate', async () => {
    const opening = '<tool_call>\n{"name": "weather", "arguments":';
    const model = new ScriptedModel([' {"city": "Rome"}}\n</tool_call>', '']);
    const done = await runTrajectory(model, { policy: { ...hermes, callOpening: opening } });

    expect(done.end).toMatchObject({ stopCause: 'client_tool', clientCalls: [{ name: 'weather', arguments: { city: 'Rome' } }] });
    expect(done.text).toBe('');
    expect(model.tokenizer.decode(done.tokenIds.filter((_, index) => !done.mask[index]))).toBe(opening);
    expect(model.tokenizer.decode(model.requests[0]?.contextIds ?? [])).toContain(`assistant\n${opening}`);
  });

  it('that must be called and are not: the model is told, and at last the client', async () => {
    const callOpening = '<tool_call>\n{"name": "';
    const policy = { ...hermes, callOpening, maxTurns: 1 };
    const told = await runTrajectory(new ScriptedModel(['no idea', 'weather", "arguments": {}}\n</tool_call>', '']), { policy });
    const never = await runTrajectory(new ScriptedModel(['no idea', 'none at all']), { policy });

    expect(told.end).toMatchObject({ stopCause: 'client_tool', clientCalls: [{ name: 'weather', arguments: {} }] });
    expect(told.text).toContain(`${callOpening}no idea`);
    expect(told.text).toContain(INVALID_ACTION_MESSAGE);
    expect(never.end).toMatchObject({ stopCause: 'max_turns', finishReason: 'length' });
  });

  it('and Python may be asked for several at once by native workers: each call is answered, up to the last that is allowed', async () => {
    const calls = [python('a'), written('python', 7), python('b'), python('c')].join('\n');
    const done = await runTrajectory(new ScriptedModel([calls, ANSWER]), {
      policy: { ...native, actionStops: [], minTurns: 1, maxTurns: 3 },
      outputs: ['1', '2', '3'],
      separatorRole: 'tool',
    });

    expect(done.codes).toEqual(['a', 'b']);
    expect(done.text).toBe(
      `${calls}\ntool\n1\ntool\n${INVALID_ACTION_MESSAGE}\ntool\n2\ntool\n${NO_TURN_LEFT_MESSAGE}\nassistant\n${ANSWER}`,
    );
    expect(done.end).toMatchObject({ stopCause: 'eos', toolCalls: 2 });
  });
});

describe('calls of functions in whatever the model writes', () => {
  const nasty = fc
    .array(
      fc.constantFrom('<tool_call>', '</tool_call>', '{"name": "python"}', '"', '\\', '\n', '\r\n', '```', '}', 'é😀', 'x', ' ', '<', '</'),
      { maxLength: 6 },
    )
    // As a model must that means the tag as text: JSON has two ways to write a slash.
    .map((parts) => parts.join(''));
  const inJson = (value: unknown) => JSON.stringify(value).replaceAll('</', '<\\/');
  const call = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('client' as const), name: fc.constantFrom('weather', 'time'), value: nasty }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('python' as const), name: fc.constant('python'), value: nasty }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('broken' as const), name: fc.constant('weather'), value: nasty }) },
  );
  const textOf = ({ kind, name, value }: { kind: string; name: string; value: string }, index: number): string => {
    const values = kind === 'python' ? { code: `${value}#${index}` } : { city: value };
    const body = `{"name": "${name}", "arguments": ${inJson(values)}}`;
    return `<tool_call>\n${kind === 'broken' ? body.slice(0, -2) : body}\n</tool_call>`;
  };

  it('are found, run and handed on the same, however they come in pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (calls, pieceLength, earlyExecution) => {
          const text = calls.map(textOf).join('\n');
          const done = await runTrajectory(new ContinuingModel(text, pieceLength), {
            policy: { ...hermes, earlyExecution, maxTurns: 128, onInvalidAction: 'tell' },
            answers: ({ code }) => `ran ${code.length}`,
          });

          expect(done.codes).toEqual(calls.flatMap(({ kind, value }, index) => (kind === 'python' ? [`${value}#${index}`] : [])));
          expect(done.end.clientCalls).toEqual(
            calls.flatMap(({ kind, name, value }) => (kind === 'client' ? [{ name, arguments: { city: value } }] : [])),
          );
          expect(done.end.stopCause).toBe(done.end.clientCalls.length > 0 ? 'client_tool' : 'eos');
          // What is not the client's stays in the text.
          for (const [index, one] of calls.entries()) if (one.kind !== 'client') expect(done.text).toContain(textOf(one, index));
          expect(done.text.split('<tool_response>').length - 1).toBeGreaterThanOrEqual(done.codes.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('end at the tag, also where it stands in a string: the model is told, and nothing is lost', async () => {
    const text = `<tool_call>\n{"name": "weather", "arguments": {"city": "</tool_call>"}}`;
    const done = await runTrajectory(new ContinuingModel(text, 4), { policy: { ...hermes, maxTurns: 1 } });

    expect(done.end.clientCalls).toEqual([]);
    expect(done.text.startsWith('<tool_call>\n{"name": "weather", "arguments": {"city": "</tool_call>')).toBe(true);
    expect(done.text).toContain(INVALID_ACTION_MESSAGE);
    expect(done.text.endsWith('"}}')).toBe(true);
  });
});
