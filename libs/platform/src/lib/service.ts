import { AppError, isAppError } from '@interleave/kernel';
import { loadSettings, readSettingsFile, ServiceSettings } from '@interleave/settings';
import type { DynamicModule, Type } from '@nestjs/common';
import { ModuleRef, NestFactory } from '@nestjs/core';
import { NestExpressApplication } from '@nestjs/platform-express';
import { Logger, PinoLogger } from 'nestjs-pino';
import { ApiExceptionFilter } from './api-exception.filter';
import { bound } from './bound';
import { DIRECT_ROUTES } from './direct/direct-route';
import type { DirectRoute } from './direct/direct-route';
import { installDirectRoutes } from './direct/install-direct-routes';
import { PlatformModule } from './platform.module';
import { requestId } from './request-id.middleware';
import { ServiceToken } from './service-token';

/** Longer than clients keep idle connections: were the server the first to close one, a request could be lost on its way. */
const KEEP_ALIVE_MS = 75_000;
/** For what a client sends: one that never comes to its end holds a connection for this long, give or take the half minute between looks. */
const HEADERS_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 60_000;

export interface ServiceDefinition<Settings extends ServiceSettings> {
  /** Name in logs and metrics. */
  readonly name: string;
  readonly settingsClass: new () => Settings;
  /** The app's own module; it finds settings, logging, metrics and drain in the platform. What it takes long to make is awaited before the app listens. */
  readonly module: (settings: Settings) => Type<unknown> | DynamicModule | Promise<DynamicModule>;
  readonly address: (settings: Settings) => { readonly host: string; readonly port: number };
  readonly bodyLimitMib: (settings: Settings) => number;
}

/** The app, ready to listen. Tests use it as it is. */
export async function createService<Settings extends ServiceSettings>(
  definition: ServiceDefinition<Settings>,
  settings: Settings,
): Promise<NestExpressApplication> {
  const root = {
    module: class ServiceRoot {},
    imports: [
      PlatformModule.register({ service: definition.name, settingsClass: definition.settingsClass, settings }),
      await definition.module(settings),
    ],
  };
  // Connections are closed at the end of the shutdown, after the drain has let running requests finish.
  const app = await NestFactory.create<NestExpressApplication>(root, {
    bufferLogs: true,
    forceCloseConnections: true,
    bodyParser: false,
    // A provider that fails throws here, and `runService` says why in one sentence.
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.use(requestId);
  app.useBodyParser('json', { limit: `${definition.bodyLimitMib(settings)}mb`, strict: true, type: () => true });
  const log = await app.resolve(PinoLogger);
  app.useGlobalFilters(new ApiExceptionFilter(log));
  app.disable('x-powered-by');
  // A hash of every answer, for caches that nobody has.
  app.disable('etag');
  installDirectRoutes(app.getHttpServer(), {
    // Not asked of the app itself: that logs an error where there are none.
    routes: bound<readonly DirectRoute[]>(app.get(ModuleRef), DIRECT_ROUTES) ?? [],
    token: new ServiceToken(settings.serviceToken),
    bodyLimitBytes: definition.bodyLimitMib(settings) * 2 ** 20,
    log,
  });
  const server = app.getHttpServer();
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  return app;
}

/** `main` of every app: settings from flags, environment and `.env`; serves until SIGTERM or SIGINT; wrong settings end it with status 2. */
export async function runService<Settings extends ServiceSettings>(definition: ServiceDefinition<Settings>): Promise<void> {
  try {
    const settings = loadSettings(definition.settingsClass, {
      argv: process.argv.slice(2),
      // eslint-disable-next-line no-restricted-properties -- the one place where a service reads its environment
      environment: process.env,
      file: readSettingsFile('.env', { isRequired: false }),
    });
    const app = await createService(definition, settings);
    app.enableShutdownHooks([], { useProcessExit: true });
    // A parent that started this service over a channel and is gone left nobody to stop it.
    process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
    await listen(app, definition.address(settings));
    app.get(Logger).log({ event: 'listening', url: await app.getUrl() });
  } catch (error) {
    if (!isAppError(error)) throw error;
    process.stderr.write(`${definition.name}: ${error.message}\n`);
    process.exit(error.code === 'invalid_settings' ? 2 : 1);
  }
}

/** A service that can't listen has started things already (workers, containers): they end with it. */
async function listen(app: NestExpressApplication, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    // Without a server nothing may keep the process alive but promises, and those don't: it would end before its work is done.
    const stayAlive = setInterval(() => undefined, 1000);
    await app.close().finally(() => clearInterval(stayAlive));
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (code !== 'EADDRINUSE') throw error;
    throw new AppError('invalid_settings', `Port ${port} of ${host} is in use: stop what listens there, or set another port.`, {
      cause: error,
    });
  }
}
