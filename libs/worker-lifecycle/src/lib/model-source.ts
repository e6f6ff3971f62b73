/** What `model_path` turned out to be. */
export type ModelSource =
  /** Files on this machine: a folder in Hugging Face form, a GGUF file, or both (the demo model). */
  | { readonly kind: 'local'; readonly folder: string | null; readonly ggufFile: string | null }
  | { readonly kind: 'hub'; readonly id: string }
  | { readonly kind: 'missing'; readonly path: string };

/** `organisation/name`: what a model is called on the hub, and no path. */
export function isHubId(modelPath: string): boolean {
  return /^[\w][\w.-]*\/[\w][\w.-]*$/.test(modelPath) && !modelPath.endsWith('.gguf');
}
