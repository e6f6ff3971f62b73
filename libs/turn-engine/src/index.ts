export { TrajectoryTimeout } from './lib/trajectory-timeout';
export { runTurnLoop } from './lib/turn-loop';
export type { TurnPorts } from './lib/turn-loop';
export { finishReasonOf } from './lib/turn-event';
export type { FinishReason, StopCause, TurnEvent, TurnListener, TurnRecord } from './lib/turn-event';
export type { TrajectoryRequest, TurnPolicy } from './lib/turn-policy';
export type { AppendedTokens } from './lib/token-ledger';
export type { CodeGrammar, Dialect } from './lib/dialect';
export { INVALID_ACTION_MESSAGE, TOOL_FAILURE_MESSAGE } from './lib/dialect';
export { PYTHON_FUNCTION } from './lib/find-program';
export type { Program } from './lib/find-program';
export { isInfrastructureFailure } from './lib/infrastructure-failure';
export type { ToolCall } from './lib/tool-call';
export { DIALECTS, resolveDialect } from './lib/resolve-dialect';
export { deriveChatTurnSeparator } from './lib/chat-turn-separator';
export type { ChatTurnSeparator, ChatTurnSeparatorOptions } from './lib/chat-turn-separator';
export { enoughAfter } from './lib/ports/model-port';
export type {
  ChatMessage,
  GenerationEnd,
  GenerationRequest,
  GenerationStep,
  Heard,
  ModelPort,
  StepListener,
  TokenLogprob,
} from './lib/ports/model-port';
export type { EarlyCall, OutputListener, ToolPort, ToolResult } from './lib/ports/tool-port';
