// `npm run pool -- ls`: looks after the workers of the running system. Talks to model-pool only.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HELP = `npm run pool -- <command>

  ls                       deployments and their workers
  devices                  GPUs or CPU cores, and who has them
  scale <deployment> <n>   so many copies; <n>-<m>: at least n and at most m, by what is asked
  restart <name>           a deployment (one worker after another) or a worker
  drain <name>             lets the requests of a worker, or of all of a deployment, finish and stops it; restart starts it again
  sleep <worker> [1|2]     lets its requests finish and frees its GPU: 1 keeps the weights in memory (default), 2 reads them again
  wake <worker>            a request for its model wakes it too
  logs [-f] <worker>       what it printed; -f: and goes on printing
  events [-f]              what happened to workers, and why

The system of \`npm start\` is found by itself; another one by POOL_URL and SERVICE_TOKEN.
`;

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const [command = 'help', ...rest] = process.argv.slice(2);
const isFollowing = rest.includes('-f');
const [name, amount] = rest.filter((word) => word !== '-f');

const commands = { ls, devices, scale, restart, drain, sleep, wake, logs, events };
if (!Object.hasOwn(commands, command)) {
  process.stdout.write(HELP);
  process.exit(command === 'help' || command === '--help' ? 0 : 1);
}
// A pipe to `head` or the like ends without a complaint.
process.stdout.on('error', () => process.exit(0));
try {
  await commands[command]();
} catch (error) {
  fail(error.cause?.code === 'ECONNREFUSED' ? 'model-pool does not answer: is the system running?' : error.message);
}

async function ls() {
  const [{ deployments }, { workers }] = await Promise.all([get('/v1/deployments'), get('/v1/workers')]);
  print([
    ['DEPLOYMENT', 'ENGINE', 'COPIES', 'WANTED', 'READY', 'HELD', 'ROLLOUT', 'SERVED AS', 'BECAUSE'],
    ...deployments.map((row) => [
      row.name,
      row.engine,
      row.min_models === row.max_models ? row.max_models : `${row.min_models}-${row.max_models}`,
      row.wanted,
      row.ready,
      row.held_requests,
      row.rollout,
      row.served_names.join(', '),
      row.wanted_because ?? '',
    ]),
  ]);
  process.stdout.write('\n');
  print([
    ['WORKER', 'STATUS', 'DEVICES', 'RUNNING', 'WAITING', 'CACHE', 'RESTARTS', 'ERROR'],
    ...workers.map(({ id, status, devices, load, restarts, error, activity }) => [
      id,
      status,
      devices.join(', ') || '-',
      load?.running ?? '-',
      load?.waiting ?? '-',
      load?.kv_cache_use == null ? '-' : `${Math.round(load.kv_cache_use * 100)} %`,
      restarts,
      activity ?? error?.split('\n')[0] ?? '',
    ]),
  ]);
}

async function devices() {
  const { devices: rows, warnings } = await get('/v1/devices');
  print([['DEVICE', 'NAME', 'MIB', 'WORKER'], ...rows.map((row) => [row.id, row.name ?? '-', row.memory_mib ?? '-', row.worker ?? '-'])]);
  for (const warning of warnings) process.stdout.write(`${warning}\n`);
}

async function scale() {
  const [, least, most] =
    /^(\d+)(?:-(\d+))?$/.exec(amount ?? '') ?? fail('Usage: npm run pool -- scale <deployment> <copies, or a range such as 0-2>');
  const body = most === undefined ? { num_models: Number(least) } : { min_models: Number(least), max_models: Number(most) };
  const row = await post(`/v1/deployments/${part(name)}/scale`, body);
  process.stdout.write(`${row.name}: ${row.wanted} wanted, ${row.ready} ready.\n`);
}

async function restart() {
  await post(`/v1/${await kindOf(name)}/${part(name)}/restart`);
  process.stdout.write(`${name} is being restarted: npm run pool -- events -f\n`);
}

async function drain() {
  const row = await post(`/v1/${await kindOf(name)}/${part(name)}/drain`);
  process.stdout.write(
    row.id ? `${row.id} is ${row.status}.\n` : `All workers of ${row.name} drain and stay stopped: npm run pool -- restart ${row.name}\n`,
  );
}

async function kindOf(word) {
  const { deployments } = await get('/v1/deployments');
  return deployments.some((row) => row.name === word) ? 'deployments' : 'workers';
}

async function sleep() {
  if (amount !== undefined && !/^[12]$/.test(amount)) fail('Usage: npm run pool -- sleep <worker> [1|2]');
  const row = await post(`/v1/workers/${part(name)}/sleep`, { level: Number(amount ?? 1) });
  process.stdout.write(`${row.id} is ${row.status}: npm run pool -- events -f\n`);
}

async function wake() {
  const row = await post(`/v1/workers/${part(name)}/wake`);
  process.stdout.write(`${row.id} is ${row.status}.\n`);
}

async function logs() {
  const response = await request(`/v1/workers/${part(name)}/log${isFollowing ? '?follow=true' : ''}`);
  for await (const bytes of following(response)) process.stdout.write(bytes);
}

async function events() {
  const show = ({ at, worker, from, to, because, error }) =>
    process.stdout.write(`${at}  ${worker}  ${from} → ${to}: ${because}${error ? `\n    ${error.split('\n')[0]}` : ''}\n`);
  if (!isFollowing) return (await get('/v1/events')).events.forEach(show);
  const response = await request('/v1/events/watch');
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of following(response)) {
    text += decoder.decode(bytes, { stream: true });
    const lines = text.split('\n');
    text = lines.pop();
    for (const line of lines) if (line.startsWith('data: ')) show(JSON.parse(line.slice('data: '.length)));
  }
}

/** The pieces of an answer. One that is followed ends with Ctrl-C, or with model-pool. */
async function* following({ body }) {
  try {
    yield* body;
  } catch (error) {
    if (!isFollowing) throw error;
  }
  if (isFollowing) fail('model-pool has ended.');
}

async function get(path) {
  return (await request(path)).json();
}

async function post(path, body) {
  return (await request(path, { method: 'POST', body: JSON.stringify(body ?? {}) })).json();
}

async function request(path, init = {}) {
  const { url, token } = access();
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const response = await fetch(`${url}${path}`, { ...init, headers });
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({}));
  fail(error?.message ?? `model-pool answered ${response.status}.`);
}

function access() {
  const { POOL_URL, SERVICE_TOKEN } = process.env;
  if (POOL_URL) return { url: POOL_URL.replace(/\/+$/, ''), token: SERVICE_TOKEN };
  const file = join(root, '.interleave/running.json');
  const { pool } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return pool ?? fail('No system of `npm start` runs here: start it, or set POOL_URL and SERVICE_TOKEN.');
}

function part(word) {
  return word ? encodeURIComponent(word) : fail(HELP);
}

function print(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((cell, column) => String(cell).padEnd(widths[column]))
        .join('  ')
        .trimEnd()}\n`,
    );
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
