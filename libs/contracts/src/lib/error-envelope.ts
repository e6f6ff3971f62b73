/** Error body of every service, in OpenAI's form: all four keys, always. */
export interface ErrorEnvelope {
  readonly error: { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string | null };
}
