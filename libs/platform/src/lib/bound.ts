import { UnknownElementException } from '@nestjs/core/errors/exceptions';

/** Where a token may be bound: a reference to modules. */
interface Bindings {
  get<Port>(token: symbol, options: { readonly strict: false }): Port;
}

/** An app binds some tokens in a module of its own, or not at all: hence the lookup across modules. */
export function bound<Port>(bindings: Bindings, token: symbol): Port | null {
  try {
    return bindings.get<Port>(token, { strict: false });
  } catch (error) {
    if (error instanceof UnknownElementException) return null;
    throw error;
  }
}
