export { FakeVllm } from './lib/fake-vllm/fake-vllm';
export type { FakeVllmOptions } from './lib/fake-vllm/fake-vllm';
export type { FakeAnswer, FakeFault, FakePrompt, FakeReply, FakeScript, FakeToolCall } from './lib/fake-vllm/fake-reply';
export { continuing, failing, replyByPromptEnd, replyByRound } from './lib/fake-vllm/fake-script';
export { demoScript } from './lib/fake-vllm/demo-script';
export { parseFaults, parseScript } from './lib/fake-vllm/parse-script';
export { FakeSleepMode } from './lib/fake-vllm/fake-sleep-mode';
export { FakeTokenizer } from './lib/fake-vllm/fake-tokenizer';
export { fakeLogprob } from './lib/fake-vllm/fake-logprobs';
export type { ClaimedLoad } from './lib/fake-vllm/fake-metrics';
export type { RecordedCall, RecordedChoice } from './lib/fake-vllm/recorded-call';

export { FakeToolServer } from './lib/fake-tool-server/fake-tool-server';
export type { FakeToolServerOptions, RecordedExecution } from './lib/fake-tool-server/fake-tool-server';
export type { ExecutionScript, FakeCall, FakeExecution, FakeOutput } from './lib/fake-tool-server/fake-execution';

export { FakeHub } from './lib/fake-hub/fake-hub';
export type { FakeHubOptions } from './lib/fake-hub/fake-hub';
export { FakeModelPool, readyWorker } from './lib/fake-model-pool/fake-model-pool';
export type { FakeModelPoolOptions } from './lib/fake-model-pool/fake-model-pool';

export { readJsonEvents, readServerSentEvents } from './lib/http/server-sent-events';
export type { EventSource, ServerSentEvent } from './lib/http/server-sent-events';
export { freePort } from './lib/http/free-port';
export { readJsonBody, readTextBody } from './lib/http/read-json-body';
export { sendJson } from './lib/http/responses';
export { LoopbackServer } from './lib/http/loopback-server';

export { waitUntil } from './lib/waiting/wait-until';
export { FakeClock } from './lib/waiting/fake-clock';

export { describeWithDocker } from './lib/docker/describe-with-docker';
export { dockerUnavailableReason } from './lib/docker/docker-unavailable-reason';

export { checkTrajectory } from './lib/turn-loop-cases/check-trajectory';
export type { TrajectoryCheck } from './lib/turn-loop-cases/check-trajectory';
export { fakeCheckingTokenizer, workerCheckingTokenizer } from './lib/turn-loop-cases/checking-tokenizer';
export { caseWorkers, recordedRounds } from './lib/turn-loop-cases/case-workers';
export { withoutControlIds } from './lib/turn-loop-cases/trajectory-evidence';
export type { CheckingTokenizer } from './lib/turn-loop-cases/trajectory-evidence';
export type { TrajectoryResponse } from './lib/turn-loop-cases/trajectory-response';
export { loadTurnLoopCases } from './lib/turn-loop-cases/turn-loop-case';
export type { CaseEngine, TurnLoopCase, TurnLoopExpectation } from './lib/turn-loop-cases/turn-loop-case';

export { compareWithVerltool } from './lib/verltool-cases/compare-with-verltool';
export type { VerltoolVerdict } from './lib/verltool-cases/compare-with-verltool';
export { loadVerltoolCases } from './lib/verltool-cases/verltool-case';
export type { VerltoolAnswer, VerltoolCase } from './lib/verltool-cases/verltool-case';
export { loadDialectCases } from './lib/turn-loop-cases/dialect-case';
export type { DialectCase } from './lib/turn-loop-cases/dialect-case';
export { checkStatements } from './lib/turn-loop-cases/check-statements';
export type { StatedTrajectory } from './lib/turn-loop-cases/check-statements';
