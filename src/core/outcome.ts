// How an attempt to do something ended. A refusal is a value; only what broke is thrown.
import type { Saying } from './reply.ts'

export type Outcome<T = unknown> =
  /** `card`: id of what the reply shows and people may change, so that this copy stays current. */
  | { kind: 'done'; value: T; card?: string }
  /** `says`: more than the sentence, such as the evidence that spoke against it. */
  | { kind: 'refused'; why: string; says?: Saying }
  /** Stored as the approval of that id; `says` is its card. */
  | { kind: 'waiting'; says: Saying; approval: string }
