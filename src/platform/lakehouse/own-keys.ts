// Plain objects by keys that users choose: names such as __proto__ and constructor are keys like all others.

/** The value that was put there; never one that every object has. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

/** Puts a value there, also by a name that assignment would take for something else. */
export function setOwn<T>(record: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true })
}
