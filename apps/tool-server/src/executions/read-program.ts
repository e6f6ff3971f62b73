import type { ToolServerSettings } from '@interleave/settings';
import type { Program } from '../sessions/session';
import { BodyFields } from '../validation/body-fields';
import { STYLES } from '../validation/choices';

const FIELDS = ['code', 'stdin', 'timeout_ms', 'max_output_bytes', 'memory_mib', 'style', 'revocable'] as const;
/** Longer texts are data: they belong into a file. */
const MAX_TEXT_CHARS = 5_000_000;
/** Less than an interpreter needs to say what went wrong. */
const MIN_MEMORY_MIB = 16;

/** Which limits a call may ask for, at most. */
export type CallLimits = Pick<ToolServerSettings, 'toolTimeout' | 'maxToolTimeout' | 'maxOutputBytes' | 'sandboxMemoryMib'>;

/**
 * Body of a call → what is to be run.
 * @throws AppError `invalid_request` that names the field and says what is allowed
 */
export function readProgram(body: unknown, limits: CallLimits): Program {
  const fields = new BodyFields(body, FIELDS);
  const style = fields.oneOf('style', STYLES);
  const isRevocable = fields.flag('revocable');
  const maxTimeoutMs = Math.floor(limits.maxToolTimeout * 1000);
  const maxOutputBytes = fields.integer('max_output_bytes', { min: 1, max: limits.maxOutputBytes, setting: 'MAX_OUTPUT_BYTES' });
  const memoryMib = fields.integer('memory_mib', { min: MIN_MEMORY_MIB, max: limits.sandboxMemoryMib, setting: 'SANDBOX_MEMORY_MIB' });
  return {
    code: fields.requiredText('code', 'the Python program', MAX_TEXT_CHARS),
    stdin: fields.text('stdin', 'what the program reads from its standard input', MAX_TEXT_CHARS) ?? null,
    timeoutMs:
      fields.integer('timeout_ms', { min: 1, max: maxTimeoutMs, setting: 'MAX_TOOL_TIMEOUT' }) ?? Math.ceil(limits.toolTimeout * 1000),
    ...(maxOutputBytes !== undefined && { maxOutputBytes }),
    ...(memoryMib !== undefined && { memoryMib }),
    ...(style !== undefined && { style }),
    ...(isRevocable && { isRevocable }),
  };
}
