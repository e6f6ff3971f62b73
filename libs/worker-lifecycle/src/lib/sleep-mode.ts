import { assertNever } from '@interleave/kernel';
import type { DeviceDemand } from './device';

type Engine = 'vllm' | 'llama-worker';

/** Why an engine on such devices has no sleep mode, in the part of a sentence; null where it has one. */
function lack(engine: Engine, devices: DeviceDemand['kind']): string | null {
  switch (engine) {
    case 'llama-worker':
      return 'llama-worker has no sleep mode';
    case 'vllm':
      return devices === 'gpu' ? null : 'vLLM has a sleep mode on GPUs only';
    default:
      return assertNever(engine);
  }
}

/** What is wrong with asking for a sleep mode; null where nothing is. */
export function sleepModeProblem(engine: Engine, devices: DeviceDemand['kind'], isWanted: boolean): string | null {
  const reason = isWanted ? lack(engine, devices) : null;
  return reason && `ENABLE_SLEEP_MODE is true, but ${reason}: set it to false.`;
}

/** Why this worker cannot be put to sleep, and what to do about that; null where it can be. */
export function whyNoSleep(id: string, engine: Engine, devices: DeviceDemand['kind'], isEnabled: boolean): string | null {
  const reason = lack(engine, devices);
  if (reason !== null) return `${id} cannot sleep: ${reason}. Scale its deployment to 0 to free its memory.`;
  return isEnabled ? null : `${id} cannot sleep: it was started without ENABLE_SLEEP_MODE=true (enable_sleep_mode in its deployment).`;
}
