import { spawn } from 'node:child_process';

const AFTER_EXIT_MS = 2000;
const DEFAULT_GRACE_MS = 90_000;
const SIGNALS = ['SIGINT', 'SIGTERM'];

/**
 * Runs a program to its end, shows what it prints, hands Ctrl-C on to it, and ends it when it takes too long: asked first, then killed.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, timeoutMs: number, graceMs?: number, onLine?: (line: string) => void }} options
 * @returns {Promise<{ status: number | null, isTimeout: boolean, isInterrupted: boolean }>} status is null when a signal ended it
 */
export function runProgram(program, args, { cwd, env = process.env, timeoutMs, graceMs = DEFAULT_GRACE_MS, onLine }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const timers = [];
    let isTimeout = false;
    let isInterrupted = false;
    const end = (signal) => {
      child.kill(signal);
      timers.push(setTimeout(() => child.kill('SIGKILL'), graceMs));
    };
    const interrupt = (signal) => {
      isInterrupted = true;
      end(signal);
    };
    const finish = (status) => {
      for (const timer of timers) clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, interrupt);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ status, isTimeout, isInterrupted });
    };
    for (const signal of SIGNALS) process.on(signal, interrupt);
    timers.push(
      setTimeout(() => {
        isTimeout = true;
        process.stderr.write(`${[program, ...args].join(' ')} did not end within ${Math.round(timeoutMs / 1000)} s: it is stopped.\n`);
        end('SIGTERM');
      }, timeoutMs),
    );
    forward(child.stdout, process.stdout, onLine);
    forward(child.stderr, process.stderr, onLine);
    child.once('error', (error) => {
      finish(null);
      reject(error);
    });
    // A grandchild that lives on may hold the pipes open: then the end of the program itself has to do.
    child.once('exit', (status) => {
      timers.push(setTimeout(() => finish(status), AFTER_EXIT_MS));
      child.once('close', () => finish(status));
    });
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
