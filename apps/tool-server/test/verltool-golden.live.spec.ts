import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerContainerRuntime } from '@interleave/docker-runtime';
import { compareWithVerltool, describeWithDocker, loadVerltoolCases } from '@interleave/testing';
import type { VerltoolVerdict } from '@interleave/testing';
import { ToolServerUnderTest } from './support/tool-server-client';

const BOOT_MS = 600_000; // the image may have to be built first
const DIFFERENCES = readFileSync(join(__dirname, '../../../docs/verltool-differences.md'), 'utf8');

/** Their programs begin below what their tools put before them. */
const FILES = [
  { file: 'python_code', tools: 'python_code', preambleLines: 81 },
  { file: 'python_oj', tools: 'python_oj', preambleLines: 45 },
  { file: 'more-python_code', tools: 'python_code', preambleLines: 81 },
  { file: 'more-python_oj', tools: 'python_oj', preambleLines: 45 },
  { file: 'ipython_code', tools: 'ipython_code', preambleLines: 0 },
  { file: 'several-tools', tools: 'python_code,ipython_code', preambleLines: 81 },
];

describeWithDocker('answers of VerlTool’s own tool server', () => {
  const tally: Record<VerltoolVerdict['kind'], number> = { equal: 0, listed: 0, unlisted: 0 };

  afterAll(() => {
    process.stdout.write(
      `recorded answers: ${tally.equal} equal, ${tally.listed} different and listed, ${tally.unlisted} different and not listed\n`,
    );
  });

  describe.each(FILES)('$file', ({ file, tools, preambleLines }) => {
    let server: ToolServerUnderTest;

    beforeAll(async () => {
      const environment = { TOOL_TYPE: tools, SANDBOX_POOL_SIZE: '2', DONE_IF_INVALID: 'true' };
      server = await (await ToolServerUnderTest.start(new DockerContainerRuntime(), environment)).ready(BOOT_MS);
    }, BOOT_MS);

    afterAll(() => server.stop());

    it.each(loadVerltoolCases(file).map((golden) => ({ name: golden.name, golden })))('$name', async ({ golden }) => {
      const { status, body } = await server.call('POST', '/get_observation', golden.requestText);
      const verdict = compareWithVerltool(golden, status, body, preambleLines);
      tally[verdict.kind] += 1;
      if (verdict.kind === 'unlisted') expect(verdict.got).toEqual(verdict.expected);
      if (verdict.kind === 'listed') for (const id of verdict.differences) expect(DIFFERENCES).toContain(`| \`${id}\``);
    });
  });
});
