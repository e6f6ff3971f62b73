import { CODE } from './kinds/code';
import { ELSEWHERE } from './kinds/elsewhere';
import { PLAIN } from './kinds/plain';
import { SCIENCE } from './kinds/science';
import { STANDARD_LIBRARY } from './kinds/standard-library';
import type { VariableKind } from './variable-kind';

export const VARIABLE_KINDS: readonly VariableKind[] = [...PLAIN, ...STANDARD_LIBRARY, ...CODE, ...SCIENCE, ...ELSEWHERE];
