/** Timers by name, one of each: setting one again replaces it. They keep no process alive. */
export class NamedTimers {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  set(name: string, afterMs: number, action: () => void): void {
    clearTimeout(this.timers.get(name));
    const timer = setTimeout(() => {
      this.timers.delete(name);
      action();
    }, afterMs);
    this.timers.set(name, timer.unref());
  }

  clear(name: string): void {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }

  clearAll(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
