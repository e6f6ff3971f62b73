import { sandboxContainerSpec } from './sandbox-container-spec';

const sandbox = { image: 'sandbox:1', seccompProfile: '{}', instanceId: 'a', slotId: 'b', memoryMib: 512, pids: 64 };

describe('sandbox container', () => {
  it('has no user but nobody and no capability under runc', () => {
    expect(sandboxContainerSpec({ ...sandbox, runtime: 'runc' })).toMatchObject({
      User: '65534:65534',
      HostConfig: { CapDrop: ['ALL'], CapAdd: [] },
    });
  });

  it('has a root supervisor that may do no more than become and signal nobody under gVisor, where nobody could kill it', () => {
    expect(sandboxContainerSpec({ ...sandbox, runtime: 'runsc' })).toMatchObject({
      User: '0:0',
      HostConfig: { CapDrop: ['ALL'], CapAdd: ['SETUID', 'SETGID', 'KILL'] },
    });
  });
});
