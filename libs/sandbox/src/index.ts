export { FRAME_HEADER_BYTES, HostFrame, MAX_INCOMING_PAYLOAD_BYTES, SandboxFrame } from './lib/protocol/frame';
export type { Frame } from './lib/protocol/frame';
export { encodeFrame } from './lib/protocol/encode-frame';
export { FrameDecoder } from './lib/protocol/frame-decoder';
export { encodeExecutePayload, EXECUTE_HEAD_BYTES } from './lib/protocol/execute-payload';
export type { CheckpointPolicy, ExecuteCommand } from './lib/protocol/execute-payload';
export { encodePutFilePayload } from './lib/protocol/put-file-payload';
export { parseHello, parseRevoked } from './lib/protocol/parse-payload';
export type { Hello, OfferedLine, ReportedImage, Revocation } from './lib/protocol/parse-payload';

export { FileCollector } from './lib/files/file-collector';
export type { FileAnswer, SessionFile } from './lib/files/file-answer';

export { CallCollector } from './lib/execution/call-collector';
export type { OutputListener } from './lib/execution/call-collector';
export type { OutputPiece, OutputStream } from './lib/execution/output-log';
export { StreamDecoder } from './lib/execution/stream-decoder';
export type { ExecutionOutcome, ExecutionStatus } from './lib/execution/execution-outcome';

export { countSlots, emptyPool } from './lib/pool/pool-state';
export type { LeaseId, PoolState, Slot, SlotId } from './lib/pool/pool-state';
export type { PoolPolicy } from './lib/pool/pool-policy';
export { isBreakerOpen } from './lib/pool/pool-demand';
export type { PoolEffect, PoolEvent } from './lib/pool/pool-event';
export { transitionPool } from './lib/pool/transition-pool';
export { noPermits, transitionPermits } from './lib/pool/run-permits';
export type { PermitEvent, PermitState, RunId } from './lib/pool/run-permits';

export { extractCell, extractProgram } from './lib/verltool/extract-program';
export type { ExtractedProgram } from './lib/verltool/extract-program';
export { OJ_PRELUDE, SCRIPT_PRELUDE } from './lib/verltool/preludes';
export { scriptStreams, scriptText } from './lib/verltool/script-streams';
export type { ScriptStreams } from './lib/verltool/script-streams';
export { cellText, EMPTY_CELL } from './lib/verltool/cell-text';
export type { CellText } from './lib/verltool/cell-text';
export { wrapCellObservation, wrapObservation } from './lib/verltool/wrap-observation';
export { isTruthy } from './lib/verltool/python-text';
export { toPythonValue } from './lib/verltool/python-value';
export type { PythonValue } from './lib/verltool/python-value';
export { parsePythonJson } from './lib/verltool/parse-python-json';
export { ALL_PASSED, testCases } from './lib/verltool/test-cases';
export type { TestCase } from './lib/verltool/test-cases';
