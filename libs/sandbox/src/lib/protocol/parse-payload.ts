import { AppError } from '@interleave/kernel';
import { FILE_REFUSALS } from '../files/file-answer';
import type { FileAnswer, SessionFile } from '../files/file-answer';

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** What programs import, where that is not the name. */
  readonly import?: string;
}

/** Of a sandbox that has come up. */
export interface Hello {
  readonly python: string;
  readonly packages: readonly InstalledPackage[];
  /** Whether the supervisor confines its programs' system calls itself. */
  readonly hasSystemCallFilter: boolean;
  /** Where the supervisor can be spoken to directly; null where it offers nothing of the kind. */
  readonly line: OfferedLine | null;
}

/** A socket that is a descriptor of the supervisor, for whoever is allowed to reach it there. */
export interface OfferedLine {
  readonly descriptor: number;
  /** To be said first, and heard back. */
  readonly token: string;
}

const CAUSES = ['timeout', 'cancelled', 'output_limit', 'process_limit', 'violation', 'irrevocable'] as const;
const REVOCATIONS = ['lost', 'done', 'nothing'] as const;

/** What became of a call that was to be taken back. */
export type Revocation = (typeof REVOCATIONS)[number];

/** The supervisor's account of a call. */
export interface SupervisorResult {
  readonly state: 'kept' | 'restored' | 'reset';
  /** With `restored`: the cell after which the copy was made. */
  readonly restoredCell: number | null;
  /** Why the supervisor ended the call, null when it ended by itself. */
  readonly cause: (typeof CAUSES)[number] | null;
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  readonly oomKills: number;
  readonly wallMs: number;
  readonly cpuMs: number | null;
  readonly peakMemoryBytes: number | null;
}

/** What the user's process says of a call. */
export interface WorkerReport {
  readonly value: string | null;
  readonly error: { readonly type: string; readonly message: string; readonly traceback: string } | null;
  readonly exitCode: number | null;
  readonly images: readonly ReportedImage[];
}

/** A figure as a PNG in base64. */
export interface ReportedImage {
  readonly width: number;
  readonly height: number;
  readonly data: string;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

type Fields = Readonly<Record<string, unknown>>;

/** @throws AppError `protocol_violation` */
export function parseHello(payload: Uint8Array): Hello {
  const fields = parseObject(payload);
  const packages = fields?.['packages'];
  if (!fields || typeof fields['python'] !== 'string' || fields['protocol'] !== 1 || !Array.isArray(packages)) throw violation('hello');
  return {
    python: fields['python'],
    packages: packages.filter(isObject).map(toPackage),
    hasSystemCallFilter: fields['seccomp'] === 'filter',
    line: toLine(fields['line']),
  };
}

function toLine(line: unknown): OfferedLine | null {
  if (!isObject(line) || !Number.isInteger(line['descriptor']) || typeof line['token'] !== 'string') return null;
  return { descriptor: Number(line['descriptor']), token: line['token'] };
}

function toPackage({ name, version, import: module }: Record<string, unknown>): InstalledPackage {
  return { name: String(name), version: String(version), ...(typeof module === 'string' && { import: module }) };
}

/** @throws AppError `protocol_violation` */
export function parseSupervisorResult(payload: Uint8Array): SupervisorResult {
  const fields = parseObject(payload);
  const state = fields?.['state'];
  const wallMs = fields?.['wall_ms'];
  const oomKills = fields?.['oom_kills'];
  const cause = fields?.['cause'] ?? null;
  if (!fields || !isState(state) || typeof wallMs !== 'number' || typeof oomKills !== 'number' || !isCause(cause))
    throw violation('result');
  const restoredCell = numberOrNull(fields['restored_cell']);
  if ((state === 'restored') !== (restoredCell !== null)) throw violation('result');
  const exit = fields['exit'];
  return {
    state,
    restoredCell,
    cause,
    exit: isObject(exit) ? { code: numberOrNull(exit['code']), signal: stringOrNull(exit['signal']) } : null,
    oomKills,
    wallMs,
    cpuMs: numberOrNull(fields['cpu_ms']),
    peakMemoryBytes: numberOrNull(fields['peak_memory_bytes']),
  };
}

/** @throws AppError `protocol_violation` */
export function parseRevoked(payload: Uint8Array): Revocation {
  const revocation = payload.length === 1 ? REVOCATIONS[payload[0] ?? -1] : undefined;
  if (!revocation) throw violation('revoked');
  return revocation;
}

/** Null when it is not what our code in the user's process writes: then the user's code has written it. */
export function parseWorkerReport(payload: Uint8Array): WorkerReport | null {
  const fields = parseObject(payload);
  if (!fields) return null;
  const error = fields['error'] ?? null;
  if (error !== null && !isObject(error)) return null;
  const { type, message, traceback } = error ?? {};
  if (error !== null && (typeof type !== 'string' || typeof message !== 'string' || typeof traceback !== 'string')) return null;
  return {
    value: stringOrNull(fields['value']),
    error:
      error === null
        ? null
        : { type: wellFormed(String(type)), message: wellFormed(String(message)), traceback: wellFormed(String(traceback)) },
    exitCode: numberOrNull(fields['exit_code']),
    images: parseImages(fields['images']),
  };
}

/** @throws AppError `protocol_violation` */
export function parseFileDone(payload: Uint8Array): Omit<FileAnswer, 'bytes'> {
  const fields = parseObject(payload);
  const error = fields?.['error'];
  const files = fields?.['files'] ?? [];
  if (!fields || error === undefined || !Array.isArray(files)) throw violation('fileDone');
  return {
    refusal: error === null ? null : parseRefusal(error),
    files: files.map(parseFile),
    isTruncated: fields['is_truncated'] === true,
  };
}

function parseRefusal(error: unknown): NonNullable<FileAnswer['refusal']> {
  const code = isObject(error) ? FILE_REFUSALS.find((known) => known === error['code']) : undefined;
  if (!code || !isObject(error) || typeof error['message'] !== 'string') throw violation('fileDone');
  return { code, message: wellFormed(error['message']) };
}

function parseFile(file: unknown): SessionFile {
  if (!isObject(file)) throw violation('fileDone');
  const { path, size, modified_at_ms: modifiedAtMs } = file;
  if (typeof path !== 'string' || typeof size !== 'number' || typeof modifiedAtMs !== 'number') throw violation('fileDone');
  return { path: wellFormed(path), size, modifiedAtMs };
}

/** What is not an image is left out: the user's process may have written anything. */
function parseImages(value: unknown): readonly ReportedImage[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((image: unknown) => {
    if (!isObject(image)) return [];
    const { width, height, data } = image;
    if (typeof width !== 'number' || typeof height !== 'number' || typeof data !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(data))
      return [];
    return [{ width, height, data }];
  });
}

function parseObject(payload: Uint8Array): Fields | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    return isObject(value) ? value : null;
  } catch (_notJson) {
    return null;
  }
}

function isState(value: unknown): value is SupervisorResult['state'] {
  return value === 'kept' || value === 'restored' || value === 'reset';
}

function isCause(value: unknown): value is SupervisorResult['cause'] {
  return value === null || CAUSES.some((cause) => cause === value);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? wellFormed(value) : null;
}

/** Lone surrogates cannot travel as UTF-8: they become U+FFFD. */
function wellFormed(text: string): string {
  if (!LONE_SURROGATE.test(text)) return text;
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));
}

function violation(kind: string): AppError {
  return new AppError('protocol_violation', `The sandbox sent a ${kind} frame that makes no sense.`);
}
