// What Lakedesk can do is declared once, here: a name, checked input, who may, and the run itself.
import type { z } from 'zod'
import type { ApprovalService } from '../approvals/create-approvals.ts'
import type { Saying } from '../core/reply.ts'
import type { Person } from '../core/turn.ts'
import type { Actor, ApprovalRecord, ApprovalRule, Audit, Place } from '../store/port.ts'
import type { PassageBook } from './passage-book.ts'

/** A message of the thread before this turn. Untrusted text. */
export interface EarlierMessage {
  role: 'user' | 'assistant'
  text: string
  name?: string
}

/** What was said in a thread before this turn, as far as it can be read and fits: the first message always, then the newest. */
export interface EarlierThread {
  /** Oldest first. */
  messages: readonly EarlierMessage[]
  /** Messages of people between the first and the newest that did not fit. */
  leftOut: number
  /** Characters at the end of the first message that did not fit. */
  cut: number
  /** True where the platform did not let the thread be read, so that nothing is known of it. */
  unreadable?: boolean
}

/** Everything a run may know about who asks, and where its trace goes. One context per turn. */
export interface ToolContext {
  turnId: string
  user: Person
  signal: AbortSignal
  audit: Audit
  /** Numbers the passages of this turn. */
  passages: PassageBook
  /** Who acts, linked over all faces; absent where nobody is known, and then nothing that needs a person is allowed. */
  actor?: Actor
  /** Where it was asked; absent outside a conversation. */
  place?: Place
  /** Who chose tool and input: the person, by a command or a button, or a model from their words. Absent: the person. */
  via?: 'model' | 'person'
  /** What the person wrote, where a model chose from it. */
  said?: string
  /** Absent outside a conversation. */
  earlier?(): Promise<EarlierThread>
  /** The request whose plan is made again at a click, so that words such as yesterday mean what its card shows; absent at the ask. */
  again?: ApprovalRecord
  /** Where what needs an approval is asked for; absent where there is nobody to approve, and then it is refused. */
  approvals?: Pick<ApprovalService, 'open'>
}

/** What the run of an approved operation gets beside its input. */
export interface ApprovedRun {
  approval: ApprovalRecord
  /** Shown on every copy of the card. Resolves when it is stored. */
  progress(label: string, done: number, total: number): Promise<void>
  /**
   * To be asked before the first write: the sentence why it may not begin any more, or null. Waits where the platform does
   * not tell the rights of those who approved; rejects with the reason of the signal.
   */
  whyNotRun(): Promise<string | null>
}

/** How an approved operation ended: a sentence for the card, and the state it leaves. */
export interface ApprovedEnding {
  state: 'done' | 'undone' | 'failed' | 'void'
  outcome: string
  /** True where somebody else has to look at it afterwards. */
  needsReview?: boolean
  /** What came out, for the card: plain data. */
  result?: unknown
  /** Posted as a message of its own in the thread where it was asked, once: what a card cannot hold, such as a file. */
  says?: Saying
}

/** What WOULD happen. Made by reading alone. */
export interface ToolPlan {
  subject: string
  evidence: unknown
  /** By field, in words that a person can compare: `Champion` -> `v2`. */
  expects: Readonly<Record<string, string>>
  rule: ApprovalRule
  expiresAfterMs: number
  remindAfterMs: number | null
  forced?: string
}

/** `done`: there is nothing to decide, such as in a dry run; nothing is stored. */
export type Planned<Output = unknown> =
  | { kind: 'plan'; plan: ToolPlan }
  /** `facts`: those of `expects` that were read all the same, so that a voided approval can name what moved. */
  | { kind: 'refused'; why: string; says?: Saying; facts?: Readonly<Record<string, string>> }
  | { kind: 'done'; value: Output }

/** What a tool with an approval has beside `run`, which then takes place after the decision. */
export interface ApprovalSide<Input, Output = unknown> {
  /** Reads only. Called at the ask, at each click, and again before the first write: facts that moved void the approval. */
  plan(input: Input, context: ToolContext): Promise<Planned<Output>>
  /** Why a model may not ask for this in the person's name, by what they said themselves; null where it may. */
  whyNotForModel?(input: Input, said: string): string | null
  /** Asked of each person who decides, beside the rule; a string is the reason why not. Where it throws the answer is no. */
  mayDecide(principal: string, input: Input): Promise<true | string>
  /** The card in the state the approval is in now, with the buttons that still mean something. */
  card(approval: ApprovalRecord): Saying
  /** True where its end needs no note and no place beside that where it was asked: what it does tells itself, in a message of its own. */
  quiet?(approval: ApprovalRecord): boolean
  /** Carries it out. Must be safe to call again after a crash. Throws only where not even the state is known: it is then called again, for 15 minutes at most unless there is a `resume`. */
  carryOut(input: Input, run: ApprovedRun, signal: AbortSignal): Promise<ApprovedEnding>
  /** Brings what has begun to its end by its own journal alone, where the request cannot be trusted or read; null where nothing has. */
  resume?(run: ApprovedRun, signal: AbortSignal): Promise<ApprovedEnding | null>
}

/** How people call a tool by name. */
export interface ToolCommand<Input> {
  /** Without the slash, such as `promote`. */
  name: string
  /** One line without the name, such as `<version>: shows the evidence and asks for approval`. */
  usage: string
  /** The text behind the name as input; a string is the sentence that says what is wrong with it and how to write it. */
  toInput(text: string): { input: Input } | string
  /** True where a faulty text can mean this command alone: who wrote it without a slash is told what is wrong, too. */
  isMeant?(text: string): boolean
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
  /** The result as people read it. Needed by tools with a command or actions. */
  toSaying?(output: Output): Saying
  /** Several where a tool has several names. */
  readonly commands?: readonly ToolCommand<Input>[]
  /** Buttons that call it: the button's untrusted value as input, or null where it is not one. */
  readonly actions?: Readonly<Record<string, (value: Readonly<Record<string, string>>) => unknown>>
  /** Those of the buttons whose result everybody in the conversation is shown, as that of a command; else it is told to whoever pressed. */
  readonly openActions?: readonly string[]
  /** True where people from outside may call it too: guests, strangers of shared channels, federated users. */
  readonly openToGuests?: boolean
  /** True where no model may call it: deciding is for people. */
  readonly peopleOnly?: boolean
  /** True where `run` writes the audit line itself, in one transaction with what it changes. The gate then writes one only where `run` never came to its end. */
  readonly auditsItself?: boolean
  /** The sentence why not, where the run came to a no; null where it did what was asked. */
  toRefusal?(output: Output): string | null
  /** Id of the approval whose card the result shows, so that this copy stays current; null where it shows none. */
  toCard?(output: Output): string | null
  /** The same for what is no request, such as a triaged ticket: people change it, and every copy of its card follows. */
  toLiveCard?(output: Output): string | null
  /** The card of that id as it stands now; null where it is none of this tool's. */
  findCard?(id: string): Promise<Saying | null>
  /** The input as the audit may hold it, where it holds words that have no place there. */
  toAuditInput?(input: Input): unknown
  /** Present where nothing happens before somebody approved. `run` is then never called by the gate. */
  readonly approval?: ApprovalSide<Input, Output>
}

/** A tool whose input and output only its own functions know: `runTool` parses before `run` sees anything. */
export type AnyTool = Tool<unknown, unknown>

/** A tool among others: the gate parses before its functions see anything. */
export function erase<Input, Output>(tool: Tool<Input, Output>): AnyTool {
  return tool as unknown as AnyTool
}

const FUNCTION_NAME = /^[a-zA-Z0-9_-]{1,64}$/

/** Declares a tool. Throws on a name that OpenAI-compatible endpoints refuse (letters, digits, _ and -, at most 64). */
export function defineTool<Input, Output>(tool: Tool<Input, Output>): Tool<Input, Output> {
  if (!FUNCTION_NAME.test(tool.name)) {
    throw new Error(`A tool cannot be called "${tool.name}": use letters, digits, _ and -, at most 64 characters.`)
  }
  return Object.freeze(tool)
}
