import type { DeviceInventoryBody, DeviceRow } from '@interleave/contracts';
import { deviceNames } from '@interleave/worker-lifecycle';
import type { DeviceGroup } from '@interleave/worker-lifecycle';
import { Controller, Get } from '@nestjs/common';
import { WorkerPoolService } from '../workers/worker-pool.service';

@Controller('v1/devices')
export class DevicesController {
  constructor(private readonly pool: WorkerPoolService) {}

  @Get()
  list(): DeviceInventoryBody {
    const check = this.pool.startCheck;
    if (check === null) return { devices: [], warnings: [] };
    const holders = new Map(
      (check.plan?.workers ?? []).flatMap(({ id, devices }) =>
        singles(devices).flatMap((device) => deviceNames(device).map((name) => [name, id])),
      ),
    );
    const devices = singles(check.devices).map((device): DeviceRow => {
      const [id = ''] = deviceNames(device);
      const gpu = device.kind === 'gpu' ? device.gpus[0] : undefined;
      return { id, kind: device.kind, name: gpu?.name ?? null, memory_mib: gpu?.memoryMib ?? null, worker: holders.get(id) ?? null };
    });
    return { devices, warnings: check.plan?.warnings ?? [] };
  }
}

/** A group as groups of one device. */
function singles(group: DeviceGroup): DeviceGroup[] {
  if (group.kind === 'gpu') return group.gpus.map((gpu) => ({ kind: 'gpu', gpus: [gpu] }));
  return group.cores.map((core) => ({ kind: 'cpu', cores: [core] }));
}
