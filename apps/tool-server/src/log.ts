/** The log as the parts of the tool server see it: one entry for each thing that happened. */
export interface Log {
  info(entry: Record<string, unknown>): void;
  warn(entry: Record<string, unknown>): void;
}
