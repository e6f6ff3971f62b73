import { explainContainerFailure } from './explain-container-failure';

const said = 'Could not start the container 0123456789ab: (HTTP code 500) server error - ';

describe('why a container was not started', () => {
  it.each([
    [`${said}could not select device driver "" with capabilities: [[gpu]] `, 'install the NVIDIA Container Toolkit'],
    [`${said}OCI runtime create failed: nvidia-container-cli: device error: GPU-0: unknown device: unknown`, 'compare `nvidia-smi -L`'],
    [`Could not create the container x: (HTTP code 404) no such container - No such image: a/b:1 `, 'There is no image a/b:1'],
    [`${said}driver failed programming external connectivity: listen tcp4 127.0.0.1:41001: bind: address already in use`, 'port was taken'],
    [`${said}Bind for 127.0.0.1:41001 failed: port is already allocated`, 'port was taken'],
    [`(HTTP code 409) unexpected - Conflict. The container name "/x" is already in use by container "1"`, 'has its name'],
    [`invalid mount config for type "bind": bind source path does not exist: /models`, 'check MODEL_PATH and WORKER_CACHE'],
    [`(HTTP code 400) bad parameter - Requested CPUs are not available - requested 0-7, available: 0-1`, 'with the same cores'],
    [`${said}write /var/lib/docker/x: no space left on device`, 'A disk is full'],
    ['Could not create the container x: connect ECONNREFUSED /var/run/docker.sock', 'does not answer: start it'],
  ])('%s', (reason, remedy) => {
    const sentence = explainContainerFailure(reason, 'a/b:1');

    expect(sentence).toMatch(/^The container of the worker could not be started\. /);
    expect(sentence).toContain(remedy);
    expect(sentence).toContain(`The engine said: ${reason.trim()}`);
  });

  it('is what the engine said where nobody knows more', () => {
    const sentence = explainContainerFailure(`${said}${'x'.repeat(5_000)}`, 'a/b:1');

    expect(sentence).toMatch(/^The container of the worker could not be started\. The engine said: Could not start/);
    expect(sentence.length).toBeLessThan(800);
  });
});
