// The end of every switch over a tagged union.

/** Fails to compile while a case is missing, and throws if one arrives from outside the types. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected case: ${JSON.stringify(value)}`)
}
