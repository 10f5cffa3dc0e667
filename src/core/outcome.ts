// How an attempt to do something ended. A refusal is a value; only what broke is thrown.
import type { Reply } from './reply.ts'

export type Outcome<T = unknown> =
  | { kind: 'done'; value: T }
  | { kind: 'refused'; why: string }
  | { kind: 'waiting'; reply: Reply; approval: string }
