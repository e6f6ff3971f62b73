import { ProcessGroup } from './process-group';
import type { LivingProcess, ProcessTable } from './process-table';

class FakeTable implements ProcessTable {
  constructor(private processes: LivingProcess[]) {}

  find(pid: number): LivingProcess | null {
    return this.processes.find((process) => process.pid === pid) ?? null;
  }

  groupMembers(processGroup: number): LivingProcess[] {
    return this.processes.filter((process) => process.processGroup === processGroup);
  }

  withVariable(): LivingProcess[] {
    return [];
  }
}

/** Larger than any pid: a signal that is sent nevertheless finds nobody. */
const PID = 2 ** 30;
const leader = { pid: PID, startedAt: 'boot/1' };

describe('a process group', () => {
  const kill = jest.spyOn(process, 'kill');
  beforeEach(() => kill.mockReset());
  afterAll(() => kill.mockRestore());

  it('is signalled as a whole', () => {
    new ProcessGroup(new FakeTable([{ ...leader, processGroup: PID }]), leader).signal('SIGTERM');

    expect(kill.mock.calls).toEqual([[-PID, 'SIGTERM']]);
  });

  it('is not signalled when its number belongs to a later process', async () => {
    const group = new ProcessGroup(new FakeTable([{ pid: PID, startedAt: 'boot/2', processGroup: PID }]), leader);

    group.signal('SIGTERM');
    await group.finish(1_000);

    expect(group.isLeaderAlive()).toBe(false);
    expect(kill).not.toHaveBeenCalled();
  });

  it('is finished only when what the leader left behind is gone', async () => {
    const processes = [{ pid: PID + 1, startedAt: 'boot/3', processGroup: PID }];
    kill.mockImplementation(() => {
      processes.splice(0);
      return true;
    });

    await new ProcessGroup(new FakeTable(processes), leader).finish(1_000);

    expect(kill.mock.calls).toEqual([[-PID, 'SIGKILL']]);
    expect(processes).toEqual([]);
  });

  it('that is gone already is no error', () => {
    kill.mockImplementation(() => {
      throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' });
    });

    expect(() => new ProcessGroup(new FakeTable([]), leader).signal('SIGKILL')).not.toThrow();
  });
});
