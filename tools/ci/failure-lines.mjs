import { stripVTControlCharacters } from 'node:util';

const MAX_LINES = 20;
const MAX_CHARACTERS = 1_500;

/** What failed inside a stage, as its output says: for the end of a run, where who sees only the last lines looks for it. */
export class FailureLines {
  /** Lines `failed: …`, with the indented ones below each. */
  #told = new Set();
  /** Titles of jest's blocks: all there is when a stage is stopped before it can tell. */
  #titles = new Set();
  #left = 0;
  /** Indentation of the `failed:` line that the next lines may belong to; null when there is none. */
  #indentation = null;

  /** @param {string} line of the stage's output */
  add(line) {
    const text = stripVTControlCharacters(line).trimEnd();
    const indentation = text.length - text.trimStart().length;
    if (/^\s*failed: /i.test(text)) {
      this.#indentation = indentation;
      this.#keep(this.#told, text.trimStart());
    } else if (this.#indentation !== null && indentation > this.#indentation) {
      this.#keep(this.#told, `  ${text.trimStart()}`);
    } else {
      this.#indentation = null;
      if (/^\s*● (.+ › |Test suite failed to run)/.test(text)) this.#keep(this.#titles, text.trimStart());
    }
  }

  /** @returns {string[]} a bounded number of bounded lines, and how many there are beyond */
  lines() {
    const told = [...this.#told];
    // A test that is told of by its full name need not be named by jest's title as well.
    const titles = [...this.#titles].filter((title) => !told.some((line) => line.includes(title.slice(2).replaceAll(' › ', ' '))));
    const all = [...told, ...titles];
    const left = this.#left + Math.max(0, all.length - MAX_LINES);
    return [...all.slice(0, MAX_LINES), ...(left > 0 ? [`… and ${left} more lines`] : [])];
  }

  /** @param {Set<string>} kept @param {string} line */
  #keep(kept, line) {
    const short = line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS - 1)}…` : line;
    if (kept.has(short)) return;
    if (kept.size < MAX_LINES) kept.add(short);
    else this.#left += 1;
  }
}
