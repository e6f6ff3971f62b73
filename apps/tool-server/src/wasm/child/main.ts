import { FrameDecoder } from '@interleave/sandbox';
import { BootMessageReader } from '../boot-message';
import type { BootMessage } from '../boot-message';
import { Interpreter } from './interpreter';
import { Supervisor } from './supervisor';

/** Larger than any program or file that the host lets in. */
const MAX_INCOMING_BYTES = 32 * 2 ** 20;

const reader = new BootMessageReader();
const decoder = new FrameDecoder(MAX_INCOMING_BYTES);
let supervisor: Supervisor | null = null;

// A supervisor in doubt ends, and the sandbox with it.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    process.stderr.write(`supervisor: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`, () => process.exit(1));
  });
}
process.on('SIGINT', () => undefined); // Ctrl-C in a terminal reaches the whole group: the tool server ends us, when it is time
process.stdin.on('data', (bytes: Uint8Array) => {
  if (supervisor) return receive(supervisor, bytes);
  const boot = reader.push(bytes);
  if (!boot) return;
  if (boot.options.makesSnapshot) return makeSnapshot(boot);
  supervisor = new Supervisor(boot, (frame) => void process.stdout.write(frame));
  receive(supervisor, boot.rest);
});
// The host is gone, and so are we.
process.stdin.on('end', () => process.exit(0));

function receive(to: Supervisor, bytes: Uint8Array): void {
  for (const frame of decoder.push(bytes)) to.handle(frame);
}

function makeSnapshot(boot: BootMessage): void {
  let isMade = false;
  new Interpreter(boot, {
    onMessage: (message) => {
      if (message.type !== 'snapshot') throw new Error(`a message of type ${message.type} in place of a snapshot`);
      isMade = true;
      process.stdout.write(message.bytes, () => process.exit(0));
    },
    onBroken: () => {
      if (!isMade) throw new Error('the interpreter broke before its snapshot was made');
    },
  });
}
