import { DIRECT_ROUTES, METRICS, READINESS, DrainService, SystemClock } from '@interleave/platform';
import type { DirectRoute, Readiness } from '@interleave/platform';
import { GatewaySettings } from '@interleave/settings';
import { Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Registry } from 'prom-client';
import { HttpConnections } from './http/http-connections';
import { AnswerService } from './openai/answer.service';
import { ApiKeyRing } from './openai/clients/api-key-ring';
import { ClientQuota } from './openai/clients/client-quota';
import { CompletionRoutes } from './openai/completion-routes';
import { DocsController } from './openai/docs/docs.controller';
import { ModelsController } from './openai/models.controller';
import { SessionSeal } from './tools/session-seal';
import { ToolCapacity } from './tools/tool-capacity';
import { ToolServerClient } from './tools/tool-server-client';
import { Admission } from './trajectories/admission';
import { GatewayMetrics } from './trajectories/gateway-metrics';
import { TrajectoryRunner } from './trajectories/trajectory-runner';
import { askForSign } from './workers/ask-for-sign';
import { DemandReporter } from './workers/demand-reporter';
import { NOBODY_ASKED } from './workers/held-requests';
import { QueueDemand } from './workers/queue-demand';
import { SilenceWatch } from './workers/silence-watch';
import { WorkerDirectory } from './workers/worker-directory';
import { WorkerTableFollower } from './workers/worker-table-follower';

/** Less than the five seconds after which vLLM's server closes a connection that nobody uses. */
const KEEP_ALIVE_MS = 4_000;
/** How long a round waits for a worker that is starting or coming back before the request fails. */
const WORKER_WAIT_MS = 60_000;

/** The wiring: routes → answers → runner → (workers, tool server). */
@Module({
  controllers: [ModelsController, DocsController],
  providers: [
    // One pool of kept-alive connections for all streams: an engine or a tool server gets as many as there are rounds.
    { provide: HttpConnections, useFactory: () => new HttpConnections({ keepAliveMs: KEEP_ALIVE_MS, connectTimeoutMs: 5_000 }) },
    { provide: GatewayMetrics, useFactory: (registry: Registry) => new GatewayMetrics(registry), inject: [METRICS] },
    {
      provide: WorkerDirectory,
      useFactory: (clock: SystemClock, settings: GatewaySettings, transport: HttpConnections, log: PinoLogger, admission: Admission) => {
        const { modelPoolUrl, workerUrls, serviceToken, modelWait } = settings;
        const hasPool = modelPoolUrl !== undefined && workerUrls.length === 0;
        const directory = new WorkerDirectory(clock, {
          waitMs: WORKER_WAIT_MS,
          startWaitMs: modelWait * 1000,
          held: hasPool ? new DemandReporter(modelPoolUrl, serviceToken, transport, log) : NOBODY_ASKED,
        });
        directory.listen((workers) => admission.setWorkers(workers));
        return directory;
      },
      inject: [SystemClock, GatewaySettings, HttpConnections, PinoLogger, Admission],
    },
    {
      provide: QueueDemand,
      useFactory: (directory: WorkerDirectory, admission: Admission) => new QueueDemand(directory, () => admission.modelsWithoutRoom()),
      inject: [WorkerDirectory, Admission],
    },
    {
      provide: SilenceWatch,
      useFactory: (directory: WorkerDirectory, settings: GatewaySettings, transport: HttpConnections, clock: SystemClock) => {
        const watch = new SilenceWatch(clock, settings.workerProbeInterval * 1000, async (worker) => {
          const sign = await askForSign(worker, transport);
          directory.probed(worker, sign.kind === 'healthy');
          return sign;
        });
        directory.listen((workers) => watch.tableChanged(workers));
        return watch;
      },
      inject: [WorkerDirectory, GatewaySettings, HttpConnections, SystemClock],
    },
    {
      provide: WorkerTableFollower,
      useFactory: (directory: WorkerDirectory, settings: GatewaySettings, transport: HttpConnections, log: PinoLogger) =>
        new WorkerTableFollower(directory, settings, transport, log),
      inject: [WorkerDirectory, GatewaySettings, HttpConnections, PinoLogger],
    },
    {
      provide: ToolServerClient,
      // The seed's configuration names the tool server by its `/get_observation` URL: the service is what stands before it.
      useFactory: (settings: GatewaySettings, transport: HttpConnections) =>
        new ToolServerClient(settings.toolServerUrl.replace(/\/(?:get_observation\/?)?$/, ''), settings.serviceToken, transport),
      inject: [GatewaySettings, HttpConnections],
    },
    {
      provide: Admission,
      useFactory: (settings: GatewaySettings, metrics: GatewayMetrics) => {
        const admission = new Admission({
          maxRunning: settings.maxConcurrentTrajectories,
          maxWaiting: settings.maxQueuedTrajectories,
          queueTimeoutMs: settings.queueTimeout * 1000,
          perSequence: settings.trajectoriesPerSequence,
        });
        metrics.watchQueue(() => admission.waitingCount);
        return admission;
      },
      inject: [GatewaySettings, GatewayMetrics],
    },
    {
      provide: ToolCapacity,
      useFactory: (tools: ToolServerClient, admission: Admission, log: PinoLogger) =>
        new ToolCapacity(tools, (sessions) => admission.setSandboxes(sessions), log),
      inject: [ToolServerClient, Admission, PinoLogger],
    },
    {
      provide: TrajectoryRunner,
      useFactory: (
        directory: WorkerDirectory,
        watch: SilenceWatch,
        tools: ToolServerClient,
        transport: HttpConnections,
        admission: Admission,
        metrics: GatewayMetrics,
        log: PinoLogger,
        settings: GatewaySettings,
      ) =>
        new TrajectoryRunner(
          { directory, watch, transport },
          tools,
          admission,
          metrics,
          log,
          { role: settings.mtrlRole ?? null, separator: settings.mtrlSep ?? null, turnEndToken: settings.turnEndToken ?? null },
          new SessionSeal(settings.serviceToken),
        ),
      inject: [WorkerDirectory, SilenceWatch, ToolServerClient, HttpConnections, Admission, GatewayMetrics, PinoLogger, GatewaySettings],
    },
    { provide: ApiKeyRing, useFactory: (settings: GatewaySettings) => new ApiKeyRing(settings.apiKeys), inject: [GatewaySettings] },
    {
      provide: ClientQuota,
      useFactory: (settings: GatewaySettings) => new ClientQuota(settings.maxTrajectoriesPerKey),
      inject: [GatewaySettings],
    },
    {
      provide: AnswerService,
      useFactory: (runner: TrajectoryRunner, drain: DrainService, quota: ClientQuota, metrics: GatewayMetrics, log: PinoLogger) =>
        new AnswerService(runner, drain, quota, metrics, log),
      inject: [TrajectoryRunner, DrainService, ClientQuota, GatewayMetrics, PinoLogger],
    },
    {
      provide: DIRECT_ROUTES,
      useFactory: (answers: AnswerService, ring: ApiKeyRing, settings: GatewaySettings): readonly DirectRoute[] =>
        new CompletionRoutes(answers, ring, settings).routes,
      inject: [AnswerService, ApiKeyRing, GatewaySettings],
    },
    {
      provide: READINESS,
      useFactory: (directory: WorkerDirectory): Readiness => ({
        notReadyBecause: () => (directory.canServe() ? null : 'No worker is ready yet.'),
        describe: () => ({ models: directory.servedNames() }),
      }),
      inject: [WorkerDirectory],
    },
  ],
  exports: [READINESS],
})
export class AppModule {}
