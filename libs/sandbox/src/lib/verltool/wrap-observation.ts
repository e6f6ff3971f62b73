import { stripBlank } from './python-text';

/**
 * `python_code`: puts a program's output into the form that the action's own form asks for. A fence or a tag that the action has
 * opened itself is only closed.
 */
export function wrapObservation(action: string, text: string): string {
  if (action.includes('```output') || action.includes('```python')) {
    return hasOpenFence(action) ? `\n${text}\n\`\`\`\n` : `\n\`\`\`result\n${text}\n\`\`\`\n`;
  }
  if (action.includes('</tool_call>')) return `\n<tool_response>\n\`\`\`result\n${text}\n\`\`\`\n</tool_response>\n`;
  return stripBlank(action).endsWith('<result>') ? `\n${text}\n</result>\n` : `\n<result>\n${text}\n</result>\n`;
}

/** `ipython_code`: the same in the forms of that tool, which still says `output`. */
export function wrapCellObservation(action: string, text: string): string {
  const inFence = `\n\`\`\`output\n${text}\n\`\`\`\n`;
  const inTag = `\n<output>\n${text}\n</output>\n`;
  const bare = `\n${text}\n`;
  if (action.endsWith('```output')) return `\n${text}\n\`\`\`\n`;
  if (action.endsWith('</tool_call>')) return text;
  if (action.endsWith('<output>')) return `\n${text}\n</output>\n`;
  if (action.includes('</python>')) return inTag;
  if (action.includes('<|calling system for feedback|>')) {
    if (action.includes('```python')) return inFence;
    return action.includes('<python>') ? inTag : bare;
  }
  if (stripBlank(action).endsWith('```') || action.includes('```python')) {
    // An open fence is taken for one whose language is still to be written.
    return hasOpenFence(action) ? `output\n${text}\n\`\`\`\n` : inFence;
  }
  return bare;
}

function hasOpenFence(action: string): boolean {
  return action.split('```').length % 2 === 0;
}
