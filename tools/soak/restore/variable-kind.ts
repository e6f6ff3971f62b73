/**
 * How much of a variable a copy of the process can hold. `memory`: all of it. `outside`: a part of it is elsewhere (a file's position, memory
 * that is shared on purpose, a child process), which is not rolled back, as the documents say. `uncopied`: a running thread, which no copy of the
 * process has, or a pipe, whose other end would notice a copy; while there is one, no copy is made, and none may claim to be the session.
 */
export type Reach = 'memory' | 'outside' | 'uncopied';

/** One kind of state that programs keep, as Python text; `v` is the variable's name, `n` a number that makes it different from others. */
export interface VariableKind {
  readonly name: string;
  readonly reach: Reach;
  readonly define: (v: string, n: number) => string;
  /** Changes it, in a way that `look` sees. */
  readonly change: (v: string, n: number) => string;
  /** An expression that says all about it and changes nothing. No addresses in it. */
  readonly look: (v: string) => string;
  /** How often it is taken compared to others; 1 where it doesn't say. */
  readonly weight?: number;
}

/** A kind whose whole is in the memory of the process. */
export const memory = (
  name: string,
  define: VariableKind['define'],
  change: VariableKind['change'],
  look: VariableKind['look'] = (v) => v,
  weight = 1,
): VariableKind => ({
  name,
  reach: 'memory',
  define,
  change,
  look,
  weight,
});
