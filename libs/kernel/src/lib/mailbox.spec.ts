import { Mailbox } from './mailbox';

describe('mailbox', () => {
  it('handles events posted by a handler after the current one, in order', () => {
    const handled: string[] = [];
    const mailbox: Mailbox<string> = new Mailbox(
      (event) => {
        if (event === 'a') mailbox.post('c');
        handled.push(event);
      },
      (error) => {
        throw error;
      },
    );

    mailbox.post('a');
    mailbox.post('b');

    expect(handled).toEqual(['a', 'c', 'b']);
  });

  it('goes on with the next event after a handler threw', () => {
    const handled: string[] = [];
    const failed: unknown[] = [];
    const mailbox = new Mailbox<string>(
      (event) => {
        if (event === 'bad') throw new Error('broken');
        handled.push(event);
      },
      (_error, event) => failed.push(event),
    );

    mailbox.post('bad');
    mailbox.post('good');

    expect({ handled, failed }).toEqual({ handled: ['good'], failed: ['bad'] });
  });
});
