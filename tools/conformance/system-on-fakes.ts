import { Services } from '../harness/services';

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
