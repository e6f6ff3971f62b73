/** On every container of ours: its presence says that a tool server made it. */
export const SANDBOX_LABEL = 'interleave.sandbox';
/** Which tool server process made it. */
export const INSTANCE_LABEL = 'interleave.sandbox.instance';
export const SLOT_LABEL = 'interleave.sandbox.slot';
