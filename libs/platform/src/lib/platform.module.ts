import { ServiceSettings } from '@interleave/settings';
import { DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { LoggerModule } from 'nestjs-pino';
import { DrainService } from './drain.service';
import { HealthController } from './health.controller';
import { createMetrics, METRICS } from './metrics';
import { SystemClock } from './system-clock';

export interface PlatformOptions<Settings extends ServiceSettings> {
  readonly service: string;
  readonly settingsClass: new () => Settings;
  readonly settings: Settings;
}

/** What every app has: its typed settings, logging, metrics, health, drain. */
@Module({})
export class PlatformModule {
  static register<Settings extends ServiceSettings>(options: PlatformOptions<Settings>): DynamicModule {
    const { service, settings, settingsClass } = options;
    const shared = [
      { provide: settingsClass, useFactory: (config: ConfigService): Settings => config.getOrThrow('settings'), inject: [ConfigService] },
      { provide: METRICS, useFactory: () => createMetrics(service) },
      { provide: DrainService, useFactory: () => new DrainService(settings.drainTimeout * 1000) },
      { provide: SystemClock, useClass: SystemClock },
    ];
    return {
      module: PlatformModule,
      global: true,
      imports: [
        ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, ignoreEnvVars: true, load: [() => ({ settings })] }),
        LoggerModule.forRoot({
          // No logger for each request: nothing is logged through it.
          forRoutes: [],
          pinoHttp: {
            name: service,
            level: settings.logLevel,
            autoLogging: false,
            quietReqLogger: true,
            redact: ['req.headers', 'headers.authorization'],
          },
        }),
      ],
      controllers: [HealthController],
      providers: shared,
      exports: shared.map(({ provide }) => provide),
    };
  }
}
