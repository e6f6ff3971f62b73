import { spawn } from 'node:child_process';

const AFTER_EXIT_MS = 2000;

/**
 * Runs a program to its end, shows what it prints and ends it when it takes too long.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, timeoutMs: number, onLine?: (line: string) => void }} options
 * @returns {Promise<{ status: number | null, isTimeout: boolean }>} status is null when a signal ended it
 */
export function runProgram(program, args, { cwd, env = process.env, timeoutMs, onLine }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let isTimeout = false;
    const timer = setTimeout(() => {
      isTimeout = true;
      process.stderr.write(`${program} did not end within ${Math.round(timeoutMs / 1000)} s: it is killed.\n`);
      child.kill('SIGKILL');
    }, timeoutMs);
    forward(child.stdout, process.stdout, onLine);
    forward(child.stderr, process.stderr, onLine);
    child.once('error', reject);
    // A grandchild that lives on may hold the pipes open: then the end of the program itself has to do.
    child.once('exit', (status) => {
      clearTimeout(timer);
      const late = setTimeout(() => finish(status), AFTER_EXIT_MS);
      child.once('close', () => {
        clearTimeout(late);
        finish(status);
      });
    });
    const finish = (status) => {
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ status, isTimeout });
    };
  });
}

function forward(source, target, onLine) {
  let rest = '';
  source.setEncoding('utf8');
  source.on('data', (text) => {
    target.write(text);
    if (!onLine) return;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  source.on('end', () => {
    if (onLine && rest !== '') onLine(rest);
  });
}
