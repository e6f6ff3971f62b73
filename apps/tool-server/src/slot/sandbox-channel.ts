/** Bytes to and from a supervisor, whatever it runs in. */
export interface SandboxChannel {
  /** For the log: a container's id, a process' number. */
  readonly id: string;
  /** Writes to the supervisor's stdin. After the stream has closed it does nothing. */
  write(bytes: Uint8Array): void;
  /** Lets go of the stream; the supervisor sees the end of its stdin. */
  detach(): void;
}
