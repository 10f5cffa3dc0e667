// What Lakedesk can do is declared once, here: a name, checked input, who may, and the run itself.
import type { z } from 'zod'
import type { Person } from '../core/turn.ts'
import type { Audit } from '../store/port.ts'
import type { PassageBook } from './passage-book.ts'

/** Everything a run may know about who asks, and where its trace goes. One context per turn. */
export interface ToolContext {
  turnId: string
  user: Person
  signal: AbortSignal
  audit: Audit
  /** Numbers the passages of this turn. */
  passages: PassageBook
}

export interface Tool<Input = unknown, Output = unknown> {
  /** Verb-noun, valid as an OpenAI function name. */
  readonly name: string
  /** For the model and for help texts: what it does and when to use it. */
  readonly description: string
  readonly input: z.ZodType<Input>
  /** True where this person may; a string is the reason why not. Where it throws the answer is no. */
  mayUse?(user: Person, input: Input): boolean | string | Promise<boolean | string>
  run(input: Input, context: ToolContext): Promise<Output>
  /** The result as text that a model reads. */
  toModelText(output: Output): string
  /** The result in a few facts, for the audit line. */
  toAuditFacts?(output: Output): Readonly<Record<string, unknown>>
}

/** A tool whose input and output only its own functions know: `runTool` parses before `run` sees anything. */
export type AnyTool = Tool<unknown, unknown>

const FUNCTION_NAME = /^[a-zA-Z0-9_-]{1,64}$/

/** Declares a tool. Throws on a name that OpenAI-compatible endpoints refuse (letters, digits, _ and -, at most 64). */
export function defineTool<Input, Output>(tool: Tool<Input, Output>): Tool<Input, Output> {
  if (!FUNCTION_NAME.test(tool.name)) {
    throw new Error(`A tool cannot be called "${tool.name}": use letters, digits, _ and -, at most 64 characters.`)
  }
  return Object.freeze(tool)
}
