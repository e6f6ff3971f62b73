import fc from 'fast-check';
import { CALL, ANSWER, runTrajectory } from '../../test/run-trajectory';
import type { FinishedTrajectory, RunOptions } from '../../test/run-trajectory';
import { ScriptedModel } from '../../test/scripted-model';
import { torl } from './dialects/torl';
import { EarlyStart } from './early-start';
import type { Program } from './find-program';
import type { StepListener } from './ports/model-port';
import type { ToolPort } from './ports/tool-port';
import { DIALECTS } from './resolve-dialect';
import { TrajectoryTimeout } from './trajectory-timeout';

const BLOCK = '```python\nprint(1)\n```\n';

describe('early start', () => {
  it('starts the call when the block closes, and uses it when the model asks for it', async () => {
    const done = await runTrajectory(new ScriptedModel([CALL, ANSWER]), { outputs: ['408\n'] });

    expect(done.runs).toEqual([{ program: { code: 'print(12*34)', stdin: null }, isEarly: true, isTakenBack: false }]);
    expect(done.prepared).toBe(1);
    expect(done.text).toBe(`${CALL}\n408\n\`\`\`\n${ANSWER}`);
  });

  it('passes on what the program writes once it is known that it was asked for', async () => {
    const done = await runTrajectory(new ScriptedModel([CALL, ANSWER]), { outputs: ['408\n'] });
    const types = done.events.map(({ type }) => type).filter((type) => type.startsWith('tool-'));

    expect(types).toEqual(['tool-start', 'tool-output', 'tool-end']);
    expect(done.events).toContainEqual({ type: 'tool-output', turn: 1, stream: 'stdout', text: '408\n' });
  });

  it.each([
    ['a second block makes it another program', `${BLOCK}and\n\`\`\`python\nprint(2)\n\`\`\`\n\`\`\`output`, ['print(1)\nprint(2)']],
    ['the answer ends without asking for a run', `${BLOCK}as you see.`, []],
  ])('takes the call back when %s', async (_what, reply, codes) => {
    const done = await runTrajectory(new ScriptedModel([reply, ANSWER]), { outputs: ['1'] });

    expect(done.runs[0]).toMatchObject({ program: { code: 'print(1)' }, isEarly: true, isTakenBack: true });
    expect(done.codes).toEqual(codes);
    expect(done.end.toolCalls).toBe(codes.length);
  });

  it('takes the call back when the time of the trajectory is over', async () => {
    const abort = new AbortController();
    const model = new ScriptedModel([BLOCK + 'x'.repeat(100)]);
    const stopping = { ...model, generate: model.generate.bind(model) };
    const done = await runTrajectory(
      Object.assign(model, {
        generate: async (...[request, onStep, signal]: Parameters<typeof model.generate>) => {
          let count = 0;
          const counting: StepListener = (step) => {
            if ((count += 1) === 60) abort.abort(new TrajectoryTimeout());
            return onStep(step);
          };
          await stopping.generate(request, counting, signal);
        },
      }),
      { signal: abort.signal },
    );

    expect(done.end.stopCause).toBe('trajectory_timeout');
    expect(done.runs).toMatchObject([{ isEarly: true, isTakenBack: true }]);
  });

  it.each([
    ['in the last round', { policy: { maxTurns: 1 } }, 1],
    ['where it is turned off', { policy: { earlyExecution: false, maxTurns: 2 } }, 0],
  ] as const)('starts nothing %s', async (_where, options, early) => {
    const done = await runTrajectory(new ScriptedModel([CALL, `${BLOCK}Done.`]), { ...options, outputs: ['1'] });

    expect(done.runs.filter(({ isEarly }) => isEarly)).toHaveLength(early);
  });

  it('runs the call when it is asked for where it could not be taken back', async () => {
    const done = await runTrajectory(new ScriptedModel([CALL, ANSWER]), { outputs: ['408'], refusesEarly: true });

    expect(done.runs).toMatchObject([{ isEarly: false }]);
    expect(done.text).toBe(`${CALL}\n408\n\`\`\`\n${ANSWER}`);
  });
});

const piece = fc.constantFrom(
  ...[
    'word ',
    '```python\nprint(1)\n```\n',
    '```python\nprint(2)\n',
    '```',
    '```output',
    '```output\n',
    '<python>',
    '</python>',
    '\n',
    '\r\n',
  ],
  ...['<tool_call>{"name": "python", "arguments": {"code": "x"}}', '</tool_call>', "s = '```'", 'é😀', '``', '`', '<|pad|>', 'STOP'],
);
const texts = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

describe('early start, whatever the model says', () => {
  const scenario = fc.record({
    replies: fc.array(texts, { minLength: 6, maxLength: 6 }),
    dialect: fc.constantFrom(...Object.values(DIALECTS)),
    maxTurns: fc.nat(4),
    minTurns: fc.nat(2),
    enableMtrl: fc.boolean(),
    userStops: fc.constantFrom<string[]>([], ['STOP']),
    maxTokens: fc.option(fc.integer({ min: 1, max: 120 })),
  });
  const outcome = ({ text, tokenIds, mask, codes, end }: FinishedTrajectory) => ({ text, tokenIds, mask, codes, end });

  it('changes nothing that anybody can see, and no call runs that was not asked for', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ replies, dialect, maxTurns, minTurns, enableMtrl, userStops, maxTokens }) => {
        const run = (earlyExecution: boolean): Promise<FinishedTrajectory> => {
          const options: RunOptions = {
            policy: {
              dialect,
              actionStops: dialect.actionStops,
              maxTurns,
              minTurns: Math.min(minTurns, maxTurns),
              enableMtrl,
              earlyExecution,
            },
            request: { userStops, maxTokens },
            answers: ({ code }) => `ran ${code.length}\n`,
          };
          return runTrajectory(new ScriptedModel([...replies, ...replies], 600), options);
        };
        const [early, late] = [await run(true), await run(false)];
        expect(outcome(early)).toEqual(outcome(late));
        const asked = early.events.flatMap((event) => (event.type === 'tool-start' ? [event.code] : []));
        expect(early.codes).toEqual(asked);
      }),
      { numRuns: 400 },
    );
  });

  it('starts the same call wherever the text is cut', async () => {
    const started = async (text: string, cuts: readonly number[]): Promise<readonly (Program | 'back')[]> => {
      const log: (Program | 'back')[] = [];
      const tools: ToolPort = {
        timeoutMs: 1,
        prepare: () => undefined,
        execute: () => Promise.reject(new Error('not asked for')),
        startEarly: (program) => {
          log.push(program);
          return { result: new Promise(() => undefined), adopt: () => undefined, takeBack: async () => void log.push('back') };
        },
      };
      const early = new EarlyStart(tools, torl, new AbortController().signal);
      let at = 0;
      for (const cut of [...cuts, text.length]) {
        await early.watch(text.slice(at, cut), text.slice(0, cut));
        at = cut;
      }
      return log;
    };
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const everyCharacter = await started(
          text,
          Array.from({ length: text.length }, (_, index) => index),
        );
        const [first] = await started(text, []);
        // In one piece only the whole is seen; cut at every character, the first block that closed.
        if (first === undefined) expect(everyCharacter).toEqual([]);
        else expect(everyCharacter.length).toBeGreaterThan(0);
        const kept = everyCharacter.at(-1);
        if (kept !== undefined && kept !== 'back') expect(kept).toEqual(first);
      }),
      { numRuns: 400 },
    );
  });
});
