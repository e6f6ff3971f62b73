import type { ActionShape, ObservationForm, ObservationFrame } from './dialect';

/** The frame in which the output of a round is shown. */
export function frameFor(action: string, forms: readonly ObservationForm[]): ObservationFrame {
  const form = forms.find(({ when }) => when === undefined || fits(action, when));
  if (!form) throw new Error('the last form of a dialect must fit every action');
  return { before: form.before, after: form.after };
}

function fits(action: string, { includesAny, hasOpenFence, endsWith }: ActionShape): boolean {
  if (includesAny && !includesAny.some((part) => action.includes(part))) return false;
  if (hasOpenFence !== undefined && hasOpenFence !== (action.split('```').length % 2 === 0)) return false;
  return endsWith === undefined || action.slice(0, contentEnd(action)).endsWith(endsWith);
}

function contentEnd(text: string): number {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\n')) end -= 1;
  return end;
}
