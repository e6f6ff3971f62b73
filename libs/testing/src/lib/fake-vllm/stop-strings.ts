export interface StopHit {
  readonly stop: string;
  /** Place in the text right after the stop string. */
  readonly end: number;
}

/** The stop string that is complete earliest in `text`, given that the text up to `checkedLength` was looked through before. */
export function findStop(text: string, checkedLength: number, stops: readonly string[]): StopHit | null {
  let hit: StopHit | null = null;
  for (const stop of stops) {
    const start = text.indexOf(stop, Math.max(0, checkedLength - stop.length + 1));
    if (start === -1) continue;
    const end = start + stop.length;
    if (!hit || end < hit.end) hit = { stop, end };
  }
  return hit;
}

/** Where text may be shown up to while a stop string could still begin in what follows; never between the halves of a character. */
export function heldBackLength(text: string, stops: readonly string[], isIncluded: boolean): number {
  if (isIncluded || stops.length === 0) return text.length;
  const length = Math.max(0, text.length - Math.max(...stops.map((stop) => stop.length)) + 1);
  const isInsidePair = length > 0 && length < text.length && /[\uD800-\uDBFF]/.test(text.charAt(length - 1));
  return isInsidePair ? length - 1 : length;
}
