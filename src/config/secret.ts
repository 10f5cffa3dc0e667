// A value that must not be printed: whatever shows it, shows that it is secret.
import { inspect } from 'node:util'

const HIDDEN = '[secret]'

/** Holds a credential. Only `reveal` gives it away; JSON, templates and inspect do not. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }

  [inspect.custom](): string {
    return HIDDEN
  }
}
