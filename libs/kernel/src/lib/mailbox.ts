/**
 * The single writer of a state machine: events are handled one after another, in the order they came, also those
 * that are posted while one is being handled. A handler that throws goes to `onError`; the mailbox lives on.
 */
export class Mailbox<Event> {
  private readonly pending: Event[] = [];
  private isHandling = false;

  constructor(
    private readonly handle: (event: Event) => void,
    private readonly onError: (error: unknown, event: Event) => void,
  ) {}

  post(event: Event): void {
    this.pending.push(event);
    if (this.isHandling) return;
    this.isHandling = true;
    try {
      for (let next = this.pending.shift(); next !== undefined; next = this.pending.shift()) {
        try {
          this.handle(next);
        } catch (error) {
          this.onError(error, next);
        }
      }
    } finally {
      this.isHandling = false;
    }
  }
}
