import { PYTHON_FUNCTION } from '@interleave/turn-engine';
import type { ClientTools } from '../../trajectories/completion-job';
import { invalid } from './read-request';
import type { CheckedRequest } from './read-request';

const NO_CLIENT_TOOLS: ClientTools = { definitions: [], names: new Set(), choice: null, isParallel: true };

interface WireTool {
  readonly function: { readonly name: string };
}
type WireToolChoice = 'none' | 'auto' | 'required' | { readonly function: { readonly name: string } };

/** The client's own functions: names are unique, Python is not among them, and the choice is one of them. Which dialects know any is the planner's to say. */
export function readClientTools(request: CheckedRequest): ClientTools {
  const definitions = request.get<readonly WireTool[]>('tools') ?? [];
  const choice = request.get<WireToolChoice>('tool_choice') ?? null;
  const names = new Set<string>();
  for (const [index, { function: declared }] of definitions.entries()) {
    if (names.has(declared.name)) throw invalid(`tools[${index}].function.name`, `tools holds two functions of the name ${declared.name}.`);
    if (declared.name === PYTHON_FUNCTION) {
      throw invalid(
        `tools[${index}].function.name`,
        `The name ${PYTHON_FUNCTION} is taken: the server runs Python itself, without being asked.`,
      );
    }
    names.add(declared.name);
  }
  // Nothing may be called: the model is not even told.
  if (choice === 'none') return NO_CLIENT_TOOLS;
  if (choice === 'required' && names.size === 0) throw invalid('tool_choice', 'tool_choice asks for a tool, and tools holds none.');
  if (choice !== null && typeof choice === 'object' && !names.has(choice.function.name)) {
    throw invalid('tool_choice', `tool_choice asks for ${choice.function.name}, which is not among the tools.`);
  }
  // All are declared, for the model has read of them in the conversation; the one that is asked for is what may be called.
  if (choice !== null && typeof choice === 'object') names.forEach((name) => name !== choice.function.name && names.delete(name));
  return { definitions, names, choice, isParallel: request.get<boolean>('parallel_tool_calls') ?? true };
}
