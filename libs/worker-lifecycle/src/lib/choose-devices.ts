import { chooseGpuGroup } from './choose-gpu-group';
import type { DeviceGroup } from './device';
import type { Fleet, FleetWorker, WantedDeployment } from './fleet';

/**
 * Devices for one more worker, or null while none are free. A GPU belongs to one worker. Of CPU cores each worker is promised as many
 * as it demands; those that nobody is promised are shared out, so that none is left idle, and a later worker shares them too.
 */
export function chooseDevices({ demand }: WantedDeployment, fleet: Fleet): DeviceGroup | null {
  return demand.kind === 'gpu' ? chooseGpus(demand.count, fleet) : chooseCores(demand.count, fleet);
}

function chooseGpus(count: number, { machine, workers }: Fleet): DeviceGroup | null {
  const held = new Set(workers.flatMap(({ devices }) => (devices.kind === 'gpu' ? devices.gpus.map(({ handle }) => handle) : [])));
  const free = machine.gpus.filter(({ handle }) => !held.has(handle));
  const gpus = chooseGpuGroup(free, count, machine.links);
  return gpus === null ? null : { kind: 'gpu', gpus };
}

function chooseCores(count: number, { machine, workers, wanted }: Fleet): DeviceGroup | null {
  const { cores } = machine;
  const onCores = workers.filter(({ demand }) => demand.kind === 'cpu');
  const promised = sum(onCores.map(({ demand }) => demand.count));
  if (promised + count > cores.length) return null;
  const total = sum(wanted.map(({ demand, copies }) => (demand.kind === 'cpu' ? demand.count * copies : 0)));
  const share = (upTo: number): number => Math.ceil((cores.length * Math.min(upTo, total)) / Math.max(1, total));
  const size = Math.max(count, share(promised + count) - share(promised));
  const holders = (core: number): number => onCores.filter((worker) => holds(worker, core)).length;
  const chosen = [...cores].sort((left, right) => holders(left) - holders(right) || left - right).slice(0, size);
  return { kind: 'cpu', cores: chosen.sort((left, right) => left - right) };
}

function holds({ devices }: FleetWorker, core: number): boolean {
  return devices.kind === 'cpu' && devices.cores.includes(core);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
