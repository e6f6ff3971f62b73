import { Services } from '../harness/services';
import type { FakeRules } from '../harness/services';
import { HERMES_RULES, NATIVE_RULES } from './function-rules';

/** What the fake model says, round by round; the fake sandbox prints 42. */
const ROUNDS = ['Let me compute that with Python.\n```python\nprint(6 * 7)\n```\n```output', 'The answer is 42.'];

export interface SystemOnFakes {
  /** Of the gateway, without `/v1`. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** The gateway as a process, on a model that says the same thing each time and a sandbox that runs nothing. */
export async function startSystemOnFakes(): Promise<SystemOnFakes> {
  const services = new Services((line) => process.stderr.write(`${line}\n`));
  const [worker, tools] = await Promise.all([services.startFakeVllm(ROUNDS), services.startFakeToolServer()]);
  const { url } = await services.startGateway(worker, tools);
  return { url, stop: services.stop };
}

export interface SystemsOnFakes extends SystemOnFakes {
  /** Gateways of the dialects that know functions of the client. */
  readonly hermesUrl: string;
  readonly nativeUrl: string;
}

/** The same, and beside it two gateways whose models call functions of the client. */
export async function startSystemsOnFakes(): Promise<SystemsOnFakes> {
  const { url, stop } = await startSystemOnFakes();
  const services = new Services((line) => process.stderr.write(`${line}\n`));
  const tools = await services.startFakeToolServer();
  const start = async (dialect: string, rules: FakeRules): Promise<string> =>
    (await services.startGateway(await services.startFakeVllm(rules), tools, { DIALECT: dialect })).url;
  const hermesUrl = await start('hermes', HERMES_RULES);
  const nativeUrl = await start('native', NATIVE_RULES);
  return { url, hermesUrl, nativeUrl, stop: async () => void (await Promise.all([stop(), services.stop()])) };
}
