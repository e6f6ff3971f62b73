/**
 * Puts a program's output into the form in which the action's own form promised it. A fence or a tag that the action has opened
 * itself is only closed.
 * @param tag `result` for python_code, `output` for ipython_code
 */
export function wrapObservation(action: string, text: string, tag: 'result' | 'output'): string {
  if (action.includes('```output') || action.includes('```python')) {
    const isOpen = action.split('```').length % 2 === 0;
    return isOpen ? `\n${text}\n\`\`\`\n` : `\n\`\`\`${tag}\n${text}\n\`\`\`\n`;
  }
  if (action.includes('</tool_call>')) return `\n<tool_response>\n\`\`\`${tag}\n${text}\n\`\`\`\n</tool_response>\n`;
  const isOpen = action.replace(/[ \n]+$/, '').endsWith(`<${tag}>`);
  return isOpen ? `\n${text}\n</${tag}>\n` : `\n<${tag}>\n${text}\n</${tag}>\n`;
}
