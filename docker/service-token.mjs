// Writes the token that the three services trust each other by, once per installation: `node service-token.mjs FILE`.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const [, , file] = process.argv;
try {
  // Readable by all because the services run as different users; the volume that it lies in is mounted by nobody else.
  writeFileSync(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o444 });
  console.log('A new service token was made.');
} catch (error) {
  if (error.code !== 'EEXIST') throw error;
  console.log('The service token of an earlier start is kept.');
}
