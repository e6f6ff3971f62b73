// `npm run api-key -- alice`: makes an API key for a client. The key is shown once; what the gateway is to know of it is its hash.
import { createHash, randomBytes } from 'node:crypto';

const [name = ''] = process.argv.slice(2);
if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) {
  process.stderr.write('Usage: npm run api-key -- NAME   (letters, digits, ".", "_" and "-")\n');
  process.exit(2);
}
const key = `sk-${randomBytes(32).toString('base64url')}`;
process.stdout.write(`key, for ${name}:            ${key}\n`);
process.stdout.write(`line, for API_KEYS_FILE:   ${name}:sha256:${createHash('sha256').update(key).digest('hex')}\n`);
