import type { DeviceInventoryBody, DeviceRow } from '@interleave/contracts';
import { deviceNames } from '@interleave/worker-lifecycle';
import type { DeviceGroup } from '@interleave/worker-lifecycle';
import { Controller, Get } from '@nestjs/common';
import { DeploymentRegistry } from '../deployments/deployment-registry';
import { FleetRunner } from '../workers/fleet-runner';

@Controller('v1/devices')
export class DevicesController {
  constructor(
    private readonly registry: DeploymentRegistry,
    private readonly runner: FleetRunner,
  ) {}

  @Get()
  list(): DeviceInventoryBody {
    const { gpus, cores } = this.registry.machine;
    const { workers } = this.runner.fleet;
    const holders = workers.flatMap(({ id, devices }) =>
      singles(devices).flatMap((device) => deviceNames(device).map((name) => [name, id] as const)),
    );
    // The first holder of a core that several share.
    const holderOf = new Map([...holders].reverse());
    const rows: DeviceRow[] = gpus.map((gpu) => {
      const [id = ''] = deviceNames({ kind: 'gpu', gpus: [gpu] });
      return { id, kind: 'gpu', name: gpu.name, memory_mib: gpu.memoryMib, worker: holderOf.get(id) ?? null };
    });
    const usesCores = gpus.length === 0 || workers.some(({ devices }) => devices.kind === 'cpu');
    for (const core of usesCores ? cores : []) {
      const [id = ''] = deviceNames({ kind: 'cpu', cores: [core] });
      rows.push({ id, kind: 'cpu', name: null, memory_mib: null, worker: holderOf.get(id) ?? null });
    }
    return { devices: rows, warnings: this.registry.warnings };
  }
}

/** A group as groups of one device. */
function singles(group: DeviceGroup): DeviceGroup[] {
  if (group.kind === 'gpu') return group.gpus.map((gpu) => ({ kind: 'gpu', gpus: [gpu] }));
  return group.cores.map((core) => ({ kind: 'cpu', cores: [core] }));
}
