import { createServer } from 'node:http';

/** As long as the answer to a short call. */
const ANSWER = JSON.stringify({ answer: 'x'.repeat(480) });
const HEADERS = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(ANSWER) };

/** The least that an HTTP server in Node does for a call: takes the body whole, parses it, answers. The first line on stdout is its URL. */
const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    JSON.parse(Buffer.concat(pieces).toString('utf8'));
    response.writeHead(200, HEADERS).end(ANSWER);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('There is no port to name.');
  process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
process.once('SIGTERM', () => process.exit(0));
