/**
 * What stands in a block: `code`, without blank lines around it; `stripped-code`, without any white space around it, and an empty block is a
 * program too; `tool-call`, JSON with the name of a function and its arguments.
 */
export type BlockContent = 'code' | 'stripped-code' | 'tool-call';

/** Where Python stands in a text: between an opening pattern and a closing string. */
export interface CodeGrammar {
  readonly name: string;
  /** Matches the opening, up to the first character of the content. */
  readonly opening: RegExp;
  readonly closing: string;
  readonly content: BlockContent;
}

/** Text around the output of a program. */
export interface ObservationFrame {
  readonly before: string;
  readonly after: string;
}

/** What must be true of the text of a round. What is not named does not matter. */
export interface ActionShape {
  readonly includesAny?: readonly string[];
  /** An odd number of fences: the model has opened one that is not closed. */
  readonly hasOpenFence?: boolean;
  /** But for blanks and line ends. */
  readonly endsWith?: string;
}

/** A frame for rounds of a certain shape. */
export interface ObservationForm extends ObservationFrame {
  readonly when?: ActionShape;
}

/** How functions of the client are called. */
export interface FunctionGrammar extends CodeGrammar {
  /** What stands between the opening and the name of the function, and between the name and its arguments: a model is made to call one by being given it. */
  readonly beforeName: string;
  readonly beforeArguments: string;
  /** Around the output of a program that was asked for beside a function of the client, in the text that the client gets. */
  readonly outputBeside: ObservationFrame;
}

/** How a model asks for a tool and how it reads the answer: data, no behaviour. */
export interface Dialect {
  readonly name: string;
  /** Stop strings by which the model asks for a run. */
  readonly actionStops: readonly string[];
  /** Grammars to look for, the dialect's own first. */
  readonly grammars: readonly CodeGrammar[];
  /** A block that is the program's standard input; null where programs have none. */
  readonly inputBlock: CodeGrammar | null;
  /** The grammar by which a function of the client is called; null where it has no word for that. */
  readonly functionCall: FunctionGrammar | null;
  /** Around the output, after the model asked with an action stop (which may have opened the frame itself). The first form that fits; the last fits all. */
  readonly observationAfterStop: readonly ObservationForm[];
  /** Around the output in a chat turn of its own, where nothing opened the frame. */
  readonly observationAlone: ObservationFrame;
  /** Role of such a turn. */
  readonly mtrlRole: string;
  /** What is shown of a result: output, last value and notes; or what VerlTool shows: stdout, then stderr. */
  readonly report: 'described' | 'streams-apart';
  /** Whether Python is declared to the chat template as a function, beside the client's own. */
  readonly declaresPython: boolean;
  /** Whether rounds go through the worker's chat endpoint, which reads and writes tool calls by itself. */
  readonly isNative: boolean;
}

/** What a model is told when its program could not be run at all. */
export const TOOL_FAILURE_MESSAGE = 'The program did not run: the sandbox is not available.';

/** What a model is told of a call beyond those that its answer may make. */
export const NO_TURN_LEFT_MESSAGE = 'This call was not run: the answer may make no more calls of Python.';

/** What a model is told when it asked for a run and there was nothing to run. */
export const INVALID_ACTION_MESSAGE = 'Your action is not valid, please check the format and try again.';
