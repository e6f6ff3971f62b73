export const STYLES = ['notebook', 'script'] as const;
export const CHECKPOINTS = ['off', 'auto', 'always'] as const;
