import type { ClientTools } from '../../trajectories/completion-job';
import { invalid } from './read-request';
import type { CheckedRequest } from './read-request';

/** Dialects in which a model can ask for functions that the client runs. */
const DIALECTS_WITH_CLIENT_TOOLS: readonly string[] = ['hermes', 'native'];

interface WireTool {
  readonly function: { readonly name: string };
}
type WireToolChoice = 'none' | 'auto' | 'required' | { readonly function: { readonly name: string } };

/** The client's own functions: names are unique, and the choice is one of them. */
export function readClientTools(request: CheckedRequest): ClientTools {
  const definitions = request.get<readonly WireTool[]>('tools') ?? [];
  const choice = request.get<WireToolChoice>('tool_choice') ?? null;
  const names = new Set<string>();
  for (const [index, { function: declared }] of definitions.entries()) {
    if (names.has(declared.name)) throw invalid(`tools[${index}].function.name`, `tools holds two functions of the name ${declared.name}.`);
    names.add(declared.name);
  }
  if (choice === 'required' && names.size === 0) throw invalid('tool_choice', 'tool_choice asks for a tool, and tools holds none.');
  if (choice !== null && typeof choice === 'object' && !names.has(choice.function.name)) {
    throw invalid('tool_choice', `tool_choice asks for ${choice.function.name}, which is not among the tools.`);
  }
  return { definitions, names, choice, isParallel: request.get<boolean>('parallel_tool_calls') ?? true };
}

/** @throws AppError `invalid_request` where the client declares functions and the dialect has no way to ask for them */
export function requireDialectFor({ names }: ClientTools, dialect: string): void {
  if (names.size === 0 || DIALECTS_WITH_CLIENT_TOOLS.includes(dialect)) return;
  throw invalid(
    'tools',
    `The dialect "${dialect}" knows no function tools of the client. Python is run by the server, without being declared: leave tools out.`,
  );
}
