// The tool by which curators accept, change and drop the questions that feedback proposed for the labelled set.
import { z } from 'zod'
import { isListed } from '../approvals/why-not-vote.ts'
import type { Saying } from '../core/reply.ts'
import { CASE_STATES, type CaseRecord, caseRecordSchema } from '../evals/cases/case-record.ts'
import { type Curation, curateCase, whyUnknown } from '../evals/cases/curate-case.ts'
import type { Ledger } from '../store/port.ts'
import { type CaseCards, readQueue, toQueueId } from './case-cards.ts'
import { readCommandLine } from './command-line.ts'
import { defineTool, type Tool, type ToolContext } from './define-tool.ts'

const seenSchema = z.object({ state: z.enum(CASE_STATES), edits: z.coerce.number().int().min(0) })
const changeSchema = z.object({
  question: z.string().trim().min(1, 'the question is empty').max(4_000).optional(),
  /** One a line. */
  facts: z.string().max(4_000).optional(),
  page: z.string().trim().max(500).optional(),
  unanswerable: z.boolean().optional(),
})
const id = z.string().min(1).max(40)

const inputSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('list'), state: z.enum(CASE_STATES) }),
  z.object({ do: z.literal('home') }),
  z.object({ do: z.literal('show'), id }),
  z.object({ do: z.literal('accept'), id, seen: seenSchema.optional(), change: changeSchema.optional() }),
  z.object({ do: z.literal('drop'), id, seen: seenSchema.optional() }),
])
export type CurateCasesInput = z.infer<typeof inputSchema>

export type CuratedCases =
  | { kind: 'refused'; why: string }
  | { kind: 'said'; saying: Saying; card: string | null }
  | { kind: 'done'; record: CaseRecord }

export interface CurateCasesParts {
  /** `store.ledger('cases')`. */
  cases: Ledger
  /** Principals who may curate. */
  curators: readonly string[]
  cards: CaseCards
  /** Told after each decision. */
  onDecided(): void
  /** Milliseconds since 1970. */
  now?: () => number
}

const HOW =
  'Write `cases`, `cases accepted`, `cases dropped`, `cases c-1a2b3c4d`, `cases accept c-1a2b3c4d` or `cases drop c-1a2b3c4d`.'
const WELCOME = [
  'Ask a question about the documentation, here or in any channel I am in. What else I can do for you:',
  '',
  "- `triage` and a customer's words: category, fields and summary on a card that you can correct",
  '- `tickets yesterday`: the tickets of a day as table, chart and file',
  '- `report`: what last night measured',
  '- `champion`: which version answers, and since when',
  '',
  '`help` lists all of it.',
].join('\n')

export function createCurateCases(parts: CurateCasesParts): Tool<CurateCasesInput, CuratedCases> {
  return defineTool<CurateCasesInput, CuratedCases>({
    name: 'curate-cases',
    description: 'Lists questions that users marked down, and accepts them into the evaluation set or drops them.',
    input: inputSchema,
    peopleOnly: true,
    run: (input, context) => curate(input, context, parts),
    toRefusal: (outcome) => (outcome.kind === 'refused' ? outcome.why : null),
    toModelText: (outcome) => describe(outcome),
    toSaying: (outcome) => (outcome.kind === 'said' ? outcome.saying : { text: describe(outcome) }),
    toLiveCard: (outcome) => (outcome.kind === 'said' ? outcome.card : null),
    findCard: (card) => parts.cards.find(card),
    toAuditFacts: (outcome) =>
      outcome.kind === 'done'
        ? { case: outcome.record.id, state: outcome.record.state, edits: outcome.record.edits }
        : {},
    toAuditInput: (input) => ('id' in input ? { do: input.do, id: input.id } : input),
    commands: [
      {
        name: 'cases',
        usage:
          '[accepted|dropped|<id>|accept <id>|drop <id>]: questions that users marked down, for the evaluation set',
        toInput: readCommand,
      },
      {
        name: 'home',
        usage: 'shows what waits for you, in short',
        toInput: (text) => (text.trim() === '' ? { input: { do: 'home' } } : 'Write `home` alone.'),
      },
    ],
    actions: {
      'show-case': ({ case: of }) => (of ? { do: 'show', id: of } : null),
      'accept-case': (value) => readButton('accept', value),
      'drop-case': (value) => readButton('drop', value),
      'edit-case': readForm,
    },
  })
}

async function curate(input: CurateCasesInput, context: ToolContext, parts: CurateCasesParts): Promise<CuratedCases> {
  const { cases, cards, curators, now = Date.now } = parts
  const { actor, user, turnId } = context
  const may = actor !== undefined && isListed(curators, actor.principal)
  if (input.do === 'home') {
    const waiting = may ? await readQueue(cases, 'proposed', true) : null
    const hasNone = may ? '**Nothing waits for you.** A thumb down with a reason proposes a question.\n\n' : ''
    return { kind: 'said', saying: waiting?.buttons ? waiting : { text: hasNone + WELCOME }, card: null }
  }
  if (!actor || !may) return { kind: 'refused', why: whyNotCurator(curators) }
  if (input.do === 'list') {
    return { kind: 'said', saying: await readQueue(cases, input.state), card: toQueueId(input.state) }
  }
  const entry = await cases.get(input.id)
  if (!entry) return { kind: 'refused', why: whyUnknown(input.id) }
  if (input.do === 'show') {
    const saying = await cards.find(input.id)
    return saying ? { kind: 'said', saying, card: input.id } : { kind: 'refused', why: whyUnknown(input.id) }
  }
  const curation: Curation = {
    id: input.id,
    to: input.do === 'accept' ? 'accepted' : 'dropped',
    ...(input.seen ? { seen: input.seen } : {}),
    ...(input.do === 'accept' && input.change
      ? { change: toChange(caseRecordSchema.parse(entry.record), input.change) }
      : {}),
    by: { principal: actor.principal, name: actor.name ?? user.name ?? actor.principal },
    at: new Date(now()).toISOString(),
    turn: turnId,
  }
  const curated = await curateCase(curation, cases)
  // Whoever was slower sees the card as it stands, too.
  await cards.refresh(input.id)
  if (curated.kind === 'done') parts.onDecided()
  return curated
}

/** What was not named stays as it is. */
function toChange(old: CaseRecord, change: z.infer<typeof changeSchema>): NonNullable<Curation['change']> {
  const facts = change.facts?.split(/\r?\n/).map((fact) => fact.replace(/^\s*[-*•]\s+/, '').trim())
  return {
    question: change.question ?? old.question,
    facts: facts ? [...new Set(facts.filter((fact) => fact !== ''))] : old.facts,
    page: change.page === undefined ? old.page : change.page || null,
    unanswerable: change.unanswerable ?? old.unanswerable,
  }
}

function whyNotCurator(curators: readonly string[]): string {
  const who = curators.length === 0 ? 'Nobody is named yet' : `These may: ${curators.join(', ')}`
  return `Questions from users may hold words of private chats, so only curators see and decide on them. ${who}. An administrator names curators in the policy file (without any, the approvers are).`
}

function describe(outcome: CuratedCases): string {
  if (outcome.kind === 'refused') return outcome.why
  if (outcome.kind === 'said') return outcome.saying.text
  const { id, state, dataset } = outcome.record
  if (state === 'accepted') return `Question \`${id}\` is accepted: the next evaluation asks it.`
  const left = dataset === null ? '' : ` It still stands in the dataset ${dataset}: remove it on the tracking server.`
  return `Question \`${id}\` is dropped.${left}`
}

/** The untrusted value of a button. */
function readButton(what: 'accept' | 'drop', value: Readonly<Record<string, string>>): unknown {
  const seen = seenSchema.safeParse(value)
  return value.case && seen.success ? { do: what, id: value.case, seen: seen.data } : null
}

function readForm(value: Readonly<Record<string, string>>): unknown {
  const button = readButton('accept', value)
  if (button === null) return null
  const { input_question: question, input_facts: facts, input_page: page, input_unanswerable: answered } = value
  const change = {
    ...(question?.trim() ? { question } : {}),
    ...(facts === undefined ? {} : { facts }),
    ...(page === undefined ? {} : { page }),
    ...(answered === undefined || answered === '' ? {} : { unanswerable: answered === 'no' }),
  }
  return { ...button, change }
}

const OPTIONS = { question: 'value', facts: 'value', page: 'value', unanswerable: 'flag' } as const

function readCommand(text: string): { input: CurateCasesInput } | string {
  const line = readCommandLine(text, OPTIONS, 'cases accept c-1a2b3c4d --facts "first; second" --page <page>')
  if (typeof line === 'string') return line
  const [first = 'proposed', second, ...more] = line.words.map((word) => word.toLowerCase())
  const { options } = line
  if (more.length > 0) return HOW
  if ((first === 'accept' || first === 'drop') && second !== undefined && isId(second)) {
    const facts = options.get('facts')?.split(';').join('\n')
    const [question, page] = [options.get('question'), options.get('page')]
    const change = {
      ...(question === undefined ? {} : { question }),
      ...(facts === undefined ? {} : { facts }),
      ...(page === undefined ? {} : { page }),
      ...(options.has('unanswerable') ? { unanswerable: true } : {}),
    }
    if (first === 'drop') return options.size > 0 ? HOW : { input: { do: 'drop', id: second } }
    return { input: { do: 'accept', id: second, ...(options.size > 0 ? { change } : {}) } }
  }
  if (second !== undefined || options.size > 0) return HOW
  const state = CASE_STATES.find((each) => each === first)
  if (state) return { input: { do: 'list', state } }
  return isId(first) ? { input: { do: 'show', id: first } } : HOW
}

function isId(word: string): boolean {
  return /^c-[0-9a-f]{1,40}$/.test(word)
}
