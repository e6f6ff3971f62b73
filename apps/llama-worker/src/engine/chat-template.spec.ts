import { CHAT_TEMPLATE } from '../../test/support/scripted-model';
import { ChatTemplate } from './chat-template';

const FACTS = { maxModelLen: 64, chatTemplate: CHAT_TEMPLATE, bosText: '<s>', eosText: '</s>' };
const HELLO = { role: 'user', content: 'Hello' };
const render = (rendering: Partial<Parameters<ChatTemplate['render']>[0]>, chatTemplate: string | null = CHAT_TEMPLATE) =>
  new ChatTemplate({ ...FACTS, chatTemplate }).render({
    messages: [HELLO],
    addGenerationPrompt: true,
    continueFinalMessage: false,
    ...rendering,
  });

describe('chat template', () => {
  it('renders messages and opens the turn of the assistant', () => {
    expect(render({})).toBe('<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n');
    expect(render({ addGenerationPrompt: false })).toBe('<|im_start|>user\nHello<|im_end|>\n');
  });

  it('joins the text parts of a content', () => {
    const content = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];

    expect(render({ messages: [{ role: 'user', content }] })).toContain('user\na\nb<|im_end|>');
  });

  it('leaves the last message open where it is continued', () => {
    const messages = [HELLO, { role: 'assistant', content: 'The answer ' }];

    expect(render({ messages, addGenerationPrompt: false, continueFinalMessage: true })).toMatch(/assistant\nThe answer$/);
  });

  it("hands over special tokens and the caller's own variables", () => {
    expect(render({ variables: { mood: 'calm' } }, '{{ bos_token }}{{ mood }}{{ eos_token }}')).toBe('<s>calm</s>');
  });

  it.each([
    [() => render({}, null), 'no chat template'],
    [() => render({}, "{{ raise_exception('roles must alternate') }}"), 'roles must alternate'],
    [() => render({ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }), 'text only'],
  ])('blames the messages for what it can not render (%#)', (act, sentence) => {
    expect(act).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'messages', message: expect.stringContaining(sentence) }),
    );
  });
});
