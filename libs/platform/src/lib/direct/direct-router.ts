import type { DirectRoute } from './direct-route';

export interface RouteMatch {
  readonly route: DirectRoute;
  readonly parameters: ReadonlyMap<string, string>;
}

interface Pattern {
  readonly route: DirectRoute;
  readonly segments: readonly string[];
}

/** Finds the route of a request; null for what the framework answers. */
export class DirectRouter {
  private readonly patterns: readonly Pattern[];

  constructor(routes: readonly DirectRoute[]) {
    this.patterns = routes.map((route) => ({ route, segments: route.path.split('/') }));
  }

  match(method: string, url: string): RouteMatch | null {
    const queryStart = url.indexOf('?');
    const given = (queryStart < 0 ? url : url.slice(0, queryStart)).split('/');
    for (const { route, segments } of this.patterns) {
      if (route.method !== method) continue;
      const parameters = matchSegments(segments, given);
      if (parameters) return { route, parameters };
    }
    return null;
  }
}

function matchSegments(pattern: readonly string[], given: readonly string[]): ReadonlyMap<string, string> | null {
  const isOpen = pattern.at(-1)?.startsWith('*') ?? false;
  if (isOpen ? given.length < pattern.length : given.length !== pattern.length) return null;
  const parameters = new Map<string, string>();
  for (const [index, segment] of pattern.entries()) {
    if (segment.startsWith(':')) parameters.set(segment.slice(1), given[index] ?? '');
    else if (segment.startsWith('*')) parameters.set(segment.slice(1), given.slice(index).join('/'));
    else if (segment !== given[index]) return null;
  }
  return parameters;
}
