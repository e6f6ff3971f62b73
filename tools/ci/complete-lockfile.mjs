// A registry mirror may lack packages that are only for other platforms; npm then leaves them out of package-lock.json, and `npm ci` refuses the lock
// file everywhere else. This adds what is missing: the entry says for which platform it is, so that npm passes over it on all others.
// Run it after `npm install` has changed package-lock.json.
import { readFileSync, writeFileSync } from 'node:fs';

const PLATFORMS = [
  [/(^|[-/])(darwin|mac|macos)/, 'darwin'],
  [/(^|[-/])(win32|win)[-]/, 'win32'],
  [/(^|[-/])linux/, 'linux'],
  [/(^|[-/])android/, 'android'],
  [/(^|[-/])freebsd/, 'freebsd'],
  [/(^|[-/])openharmony/, 'openharmony'],
];
const PROCESSORS = [
  [/arm64|aarch64/, 'arm64'],
  [/armv7|arm-|arm$/, 'arm'],
  [/x64|x86_64/, 'x64'],
  [/ia32/, 'ia32'],
  [/riscv64/, 'riscv64'],
  [/ppc64/, 'ppc64'],
  [/s390x/, 's390x'],
  [/loong64/, 'loong64'],
];

const path = new URL('../../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const added = [];
for (const [owner, { optionalDependencies = {}, engines }] of Object.entries({ ...lock.packages })) {
  if (owner === '') continue;
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const place = `node_modules/${name}`;
    if (lock.packages[place] || lock.packages[`${owner}/${place}`] || !/^\d/.test(version)) continue;
    const os = PLATFORMS.find(([pattern]) => pattern.test(name))?.[1];
    const cpu = PROCESSORS.find(([pattern]) => pattern.test(name))?.[1];
    if (!os || !cpu) continue;
    const isDevelopment = lock.packages[owner].dev === true;
    lock.packages[place] = {
      version,
      cpu: [cpu],
      ...(isDevelopment ? { dev: true } : {}),
      ...(engines ? { engines } : {}),
      optional: true,
      os: [os],
    };
    added.push(`${name}@${version}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'package-lock.json is complete.' : `Added ${added.length}: ${added.join(', ')}`);
