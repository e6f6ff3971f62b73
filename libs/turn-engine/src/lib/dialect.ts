/** Where Python stands in a text: between an opening pattern and a closing string. */
export interface CodeGrammar {
  readonly name: string;
  /** Matches the opening, up to the first character of the code. */
  readonly opening: RegExp;
  readonly closing: string;
}

/** Text around the output of a program. */
export interface ObservationFrame {
  readonly before: string;
  readonly after: string;
}

/** How a model asks for a tool and how it reads the answer: data, no behaviour. */
export interface Dialect {
  readonly name: string;
  /** Stop strings by which the model asks for a run. */
  readonly actionStops: readonly string[];
  /** Grammars to look for, the dialect's own first. */
  readonly grammars: readonly CodeGrammar[];
  /** Around the output, after the model asked with an action stop (which may have opened the frame itself). */
  readonly observationAfterStop: ObservationFrame;
  /** Around the output in a chat turn of its own, where nothing opened the frame. */
  readonly observationAlone: ObservationFrame;
}

/** What a model is told when it asked for a run and there was nothing to run. */
export const INVALID_ACTION_MESSAGE = 'Your action is not valid, please check the format and try again.';
