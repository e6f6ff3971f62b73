import type { TrafficOptions } from './traffic';

export interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly isLastSlow: boolean;
  readonly traffic: Omit<TrafficOptions, 'seconds' | 'requestsPerSecond'>;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'chats',
    description: 'single requests of 24 families, each with a system prompt of its own',
    isLastSlow: false,
    traffic: { copies: 1, families: 24 },
  },
  {
    name: 'trainer',
    description: 'sixteen answers to each prompt',
    isLastSlow: false,
    traffic: { copies: 16, families: 4 },
  },
  {
    name: 'slow worker',
    description: 'as chats, and one of the workers has half the speed',
    isLastSlow: true,
    traffic: { copies: 1, families: 24 },
  },
];
