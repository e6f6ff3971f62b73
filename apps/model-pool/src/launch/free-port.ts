import { createServer } from 'node:net';
import { AppError } from '@interleave/kernel';

const ATTEMPTS = 20;

/** Finds ports that nobody listens on, and gives none of them out twice while its holder needs it. */
export class FreePorts {
  private readonly taken = new Set<number>();

  async take(host: string): Promise<number> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const port = await probePort(host);
      if (this.taken.has(port)) continue;
      this.taken.add(port);
      return port;
    }
    throw new AppError('internal', `No free port was found on ${host}.`);
  }

  giveBack(port: number): void {
    this.taken.delete(port);
  }
}

function probePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) =>
      reject(new AppError('internal', `No port can be bound on ${host}: check WORKER_HOST.`, { cause: error })),
    );
    server.listen(0, host, () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
