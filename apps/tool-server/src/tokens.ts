/** Bound in `app.module.ts`. */
export const CONTAINER_RUNTIME = Symbol('ContainerRuntime');
