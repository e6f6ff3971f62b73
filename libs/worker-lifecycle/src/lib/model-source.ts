import type { HubModel } from './model-reference';

/** What `model_path` turned out to be. */
export type ModelSource =
  /** Files on this machine: a folder in Hugging Face form, a GGUF file, or both (the demo model). */
  | { readonly kind: 'local'; readonly folder: string | null; readonly ggufFile: string | null }
  | ({ readonly kind: 'hub' } & HubModel)
  | { readonly kind: 'missing'; readonly path: string }
  /** There is something, but no model. */
  | { readonly kind: 'unusable'; readonly problem: string };
