import type { FakeRules } from '../harness/services';

const call = (name: string, values: string): string => `<tool_call>\n{"name": "${name}", "arguments": ${values}}\n</tool_call>`;
const weather = (place: string): string => call('weather', `{"place": "${place}"}`);
const afterCallOf = (place: string): string => `"${place}"\\}\\}\\n</tool_call>`;

const QUESTION = 'weather in Rome and Oslo\\?<\\|im_end\\|>\\n<\\|im_start\\|>assistant\\n';
/** The client's answers, in the order of the calls. */
const ANSWERED = {
  end: '<\\|im_start\\|>tool\\nsunny in Rome<\\|im_end\\|>\\n<\\|im_start\\|>tool\\nrainy in Oslo<\\|im_end\\|>\\n<\\|im_start\\|>assistant\\n',
  reply: 'Sunny in Rome, rainy in Oslo.',
};

/** Asked for the weather in two places, the model runs Python, reads its output, calls the client's function for each place, and reads what it answers. */
export const HERMES_RULES: FakeRules = {
  rules: [
    { end: QUESTION, reply: call('python', '{"code": "print(42)"}') },
    { end: '\\n42\\n</tool_response>\\n', reply: `Now the weather.\n${weather('Rome')}` },
    { end: afterCallOf('Rome'), reply: `\n${weather('Oslo')}` },
    { end: afterCallOf('Oslo'), reply: '' },
    ANSWERED,
    // A call that was begun for it.
    { end: '\\{"name": "weather", "arguments":', reply: ' {"place": "Bonn"}}\n</tool_call>' },
    { end: '\\{"name": "', reply: 'weather", "arguments": {"place": "Bonn"}}\n</tool_call>' },
    { end: afterCallOf('Bonn'), reply: '' },
  ],
};

/** The same, but all calls come at once: the server runs Python, the client the rest. */
export const NATIVE_RULES: FakeRules = {
  rules: [
    {
      end: QUESTION,
      reply: {
        text: 'Now the weather.',
        toolCalls: [
          { name: 'weather', arguments: '{"place": "Rome"}' },
          { name: 'python', arguments: '{"code": "print(42)"}' },
          { name: 'weather', arguments: '{"place": "Oslo"}' },
        ],
      },
    },
    ANSWERED,
  ],
};
