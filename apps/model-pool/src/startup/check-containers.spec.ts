import { FakeContainers } from '../../test/fake-containers';
import { checkContainers } from './check-containers';

describe('the check of containers before anything starts', () => {
  it('asks for no engine where there are to be none', async () => {
    const containers = new FakeContainers();
    containers.isAway = true;

    await checkContainers(containers, []);
  });

  it('wants an engine', async () => {
    const containers = new FakeContainers();
    containers.isAway = true;

    await expect(checkContainers(containers, ['image:1'])).rejects.toMatchObject({
      code: 'invalid_settings',
      message: expect.stringMatching(/^LAUNCHER is container, and no Docker engine answers: .* set LAUNCHER=process\. connect ENOENT/),
    });
  });

  it('wants images that are here, or that a registry has', async () => {
    const containers = new FakeContainers();

    await checkContainers(containers, ['image:1', 'elsewhere:1']);
    containers.failures.set('requirePullable', new Error('manifest unknown'));

    await expect(checkContainers(containers, ['image:1', 'nowhere:1'])).rejects.toMatchObject({
      code: 'invalid_settings',
      message: expect.stringContaining('The image nowhere:1 is not on this machine and cannot be pulled'),
    });
  });
});
