import { randomBytes } from 'node:crypto';
import {
  environmentNameOf,
  environmentOf,
  GatewaySettings,
  loadSettings,
  ModelPoolSettings,
  parametersOf,
  parseFlags,
  readSettingsFile,
  ToolServerSettings,
} from '@interleave/settings';
import type { ParameterDefinition } from '@interleave/settings';
import { freePort } from './ports';

/** Everything that is going to be started, checked as a whole. A service that someone else runs is null. */
export interface StartSettings {
  readonly gateway: GatewaySettings;
  readonly toolServer: ToolServerSettings | null;
  readonly modelPool: ModelPoolSettings | null;
}

/** `npm start --host … --port …` mean the gateway's. */
const SHORT_NAMES: Readonly<Record<string, string>> = { '--host': '--api-host', '--port': '--api-port' };
const TOOL_PORTS = { from: 30_000, to: 31_000 };
/** A person who presses Ctrl-C doesn't want to wait for a whole answer. */
const DRAIN_SECONDS = '5';

/**
 * Settings of all services from one command line, environment and file: every parameter of every service is known here.
 * @throws AppError `invalid_settings`
 */
export async function loadStartSettings(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<StartSettings> {
  const given = {
    ...readSettingsFile('.env', { isRequired: false }),
    ...definedIn(environment),
    ...parseFlags(argv.map(spellOut), allParameters()),
  };
  const toolServerUrl = given['TOOL_SERVER_URL'] || undefined;
  const modelPoolUrl = given['MODEL_POOL_URL'] || undefined;
  const workerUrls = given['WORKER_URLS'] || undefined;
  const values: Record<string, string> = {
    ...given,
    DRAIN_TIMEOUT: given['DRAIN_TIMEOUT'] ?? DRAIN_SECONDS,
    SERVICE_TOKEN: given['SERVICE_TOKEN'] || randomBytes(32).toString('base64url'),
    TOOL_PORT: given['TOOL_PORT'] || String(await freePort(TOOL_PORTS)),
    POOL_PORT: given['POOL_PORT'] || String(await freePort()),
  };
  const toolServer = toolServerUrl ? null : loadSettings(ToolServerSettings, { environment: values });
  const modelPool = modelPoolUrl || workerUrls ? null : loadSettings(ModelPoolSettings, { environment: values });
  const gateway = loadSettings(GatewaySettings, {
    environment: {
      ...values,
      TOOL_SERVER_URL: toolServer ? `http://127.0.0.1:${toolServer.toolPort}` : toolServerUrl,
      MODEL_POOL_URL: modelPool ? `http://127.0.0.1:${modelPool.poolPort}` : modelPoolUrl,
    },
  });
  return { gateway, toolServer, modelPool };
}

/** Every parameter once, for `--help`. */
export function allParameters(): ParameterDefinition[] {
  const all = [GatewaySettings, ToolServerSettings, ModelPoolSettings].flatMap((settingsClass) => parametersOf(settingsClass));
  return [...new Map(all.map((definition) => [definition.name, definition])).values()];
}

/** The environment that a service gets: what this process has, less what belongs to another service, plus its own settings. */
export function serviceEnvironment<Settings extends object>(
  settingsClass: new () => Settings,
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const inherited = definedIn(environment);
  for (const { name } of allParameters()) Reflect.deleteProperty(inherited, environmentNameOf(name));
  return { ...inherited, ...environmentOf(settingsClass, settings), NODE_ENV: 'production' };
}

function definedIn(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function spellOut(argument: string): string {
  const [flag = '', ...rest] = argument.split('=');
  return [SHORT_NAMES[flag] ?? flag, ...rest].join('=');
}
