import { FakeToolServer } from '@interleave/testing';

/** A tool server whose programs take no time and print 42; the first line on stdout is its URL. */
async function main(): Promise<void> {
  // eslint-disable-next-line no-restricted-properties -- the token of the services around it
  const serviceToken = process.env['SERVICE_TOKEN'];
  const fake = await FakeToolServer.start({
    script: () => '42\n',
    // The gateway admits no more trajectories than that: it is not to be what limits a measurement.
    maxSessions: 16_384,
    // As the real one: else every trajectory would pay for a call that was refused.
    canRevoke: true,
    isRecording: false,
    ...(serviceToken ? { serviceToken } : {}),
  });
  process.stdout.write(`${fake.url}\n`);
  process.once('SIGTERM', () => void fake.stop());
}

void main();
