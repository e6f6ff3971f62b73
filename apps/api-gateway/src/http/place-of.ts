/** Where a service is, as the HTTP client wants it. */
export interface Place {
  readonly origin: string;
  readonly pathname: string;
}

const MAX_PLACES = 1024;
const places = new Map<string, Place>();

/** Services are few, and each is asked again and again: a URL is taken apart once. */
export function placeOf(url: string): Place {
  const known = places.get(url);
  if (known) return known;
  const { origin, pathname } = new URL(url);
  if (places.size >= MAX_PLACES) places.clear();
  const place = { origin, pathname: pathname.replace(/\/$/, '') };
  places.set(url, place);
  return place;
}
