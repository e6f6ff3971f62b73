import { AppError } from '@interleave/kernel';
import { PYTHON_FUNCTION } from '@interleave/turn-engine';
import type { ClientTools } from '../trajectories/completion-job';

const MAX_TOOLS = 128;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

export const NO_CLIENT_TOOLS: ClientTools = { definitions: [], names: new Set(), choice: null, isParallel: true };

/**
 * Functions that the client runs itself. Python is the server's own and needs no declaration.
 * @throws AppError `invalid_request` that names the field
 */
export function parseClientTools(request: object): ClientTools {
  const field = (name: string): unknown => Reflect.get(request, name) ?? null;
  const [tools, choice, isParallel] = ['tools', 'tool_choice', 'parallel_tool_calls'].map(field);
  if (tools === null || (Array.isArray(tools) && tools.length === 0)) {
    if (choice !== null && choice !== 'none' && choice !== 'auto') throw invalid('tool_choice', 'tool_choice needs tools.');
    return NO_CLIENT_TOOLS;
  }
  if (!Array.isArray(tools) || tools.length > MAX_TOOLS)
    throw invalid('tools', `tools must be an array of at most ${MAX_TOOLS} functions.`);
  if (isParallel !== null && typeof isParallel !== 'boolean')
    throw invalid('parallel_tool_calls', 'parallel_tool_calls must be true or false.');
  const names = new Set(tools.map((tool, index) => nameOf(tool, index)));
  if (names.size < tools.length) throw invalid('tools', 'Every function in tools needs a name of its own.');
  if (names.has(PYTHON_FUNCTION))
    throw invalid('tools', `The name ${PYTHON_FUNCTION} is taken: the server runs Python itself, without being asked.`);
  // Nothing may be called: the model is not even told.
  if (choice === 'none') return NO_CLIENT_TOOLS;
  if (typeof choice === 'object' && choice !== null) {
    const wanted = nameOf(choice, null);
    if (!names.has(wanted)) throw invalid('tool_choice', `tool_choice names ${wanted}, which is not among the tools.`);
  } else if (choice !== null && choice !== 'auto' && choice !== 'required') {
    throw invalid('tool_choice', 'tool_choice must be none, auto, required or a function.');
  }
  return { definitions: tools, names, choice, isParallel: isParallel !== false };
}

/** @param index null for the one that `tool_choice` names */
function nameOf(tool: unknown, index: number | null): string {
  const param = index === null ? 'tool_choice' : `tools[${index}]`;
  const { type, function: definition } = (typeof tool === 'object' && tool !== null ? tool : {}) as { type?: unknown; function?: unknown };
  if (type !== 'function' || typeof definition !== 'object' || definition === null)
    throw invalid(param, `${param} must be {"type": "function", "function": {"name": …}}.`);
  const name: unknown = Reflect.get(definition, 'name');
  if (typeof name !== 'string' || !NAME.test(name)) throw invalid(param, `${param}.function.name must be 1 to 64 letters, digits, _ or -.`);
  return name;
}

function invalid(param: string, message: string): AppError {
  return new AppError('invalid_request', message, { param });
}
