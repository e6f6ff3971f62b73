/** Closes a switch over a union: forgetting a member does not compile, and an impossible value at run time is named. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
