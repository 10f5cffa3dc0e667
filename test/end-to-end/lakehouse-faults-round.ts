// One wave of the tour under faults: people ask, command and approve all at once, and each reply that they see is judged.
import { setTimeout as sleep } from 'node:timers/promises'
import { isRefusal } from '../../src/core/refusal.ts'
import type { StoredMessage } from '../stand-ins/slack-world.ts'
import { pick, type Random } from './lakehouse-faults.ts'
import type { TourFaces } from './lakehouse-tour-faces.ts'
import { HOUSE_TABLE } from './lakehouse-tour-site.ts'

/** A sentence about a failure ends with its code, and mostly with the turn. */
const FAILURE = /\([A-Z]+_[A-Z_]+(, turn [0-9a-f]+)?\)/
const FIRST_MS = 240_000

export const QUESTIONS = [
  'How do I rotate an API key?',
  'How long are backups kept?',
  'When are invoices sent by e-mail?',
  'For how long is an account locked after wrong passwords?',
  'Which airline flies to Reykjavik on Sundays?',
  'What is the recipe for sourdough bread?',
] as const
const TRIAGED = [
  'I was charged twice for the invoice INV-2026-0031, please refund one payment',
  'I forgot my password and cannot sign in any more',
  'The export of orders crashes with the error EXP-500',
] as const

/** What people are told when nothing goes wrong: text and links of each question, category of each ticket. */
export interface Truth {
  answers: ReadonlyMap<string, { text: string; links: string[] }>
  categories: ReadonlyMap<string, string>
}

const linksOf = (message: StoredMessage): string[] =>
  [...JSON.stringify(message.blocks).matchAll(/<(https:[^|>]+)\|/g)].map(([, url]) => url ?? '').sort()
/** Emphasis is written with one star or with two. */
const plain = (text: string): string => text.replaceAll('*', '')
const categoryOf = (text: string): string | undefined => /(?:is|may be) \*(\w+)\*/.exec(text)?.[1]

export async function learnTruth(faces: TourFaces): Promise<Truth> {
  const answers = new Map<string, { text: string; links: string[] }>()
  for (const question of QUESTIONS) {
    const answer = await faces.answerTo(question)
    answers.set(question, { text: answer.text, links: linksOf(answer) })
  }
  const categories = new Map<string, string>()
  for (const text of TRIAGED) {
    const card = await (await faces.command('/triage', text)).shows((said) => said.startsWith('Ticket'), 'the triage')
    categories.set(text, categoryOf(card.text) ?? '')
  }
  return { answers, categories }
}

export type Verdict = 'right' | 'failure told' | 'refusal'

/** Throws where a reply tells something that is not so as if it were. */
function judgeAnswer(question: string, said: readonly StoredMessage[], truth: Truth): Verdict {
  const [message, ...more] = said
  const known = truth.answers.get(question)
  if (!message || more.length > 0 || !known)
    throw new Error(`${question} has ${said.length} answers: ${JSON.stringify(said.map(({ text }) => text))}`)
  if (FAILURE.test(message.text)) return 'failure told'
  // Where nothing was streamed, sources and small print stand in the text, too.
  const [text, right] = [plain(message.text), plain(known.text)]
  const isWhole = text === right || text.startsWith(`${right}\n\n`)
  if (isWhole && String(linksOf(message)) === String(known.links)) return isRefusal(message.text) ? 'refusal' : 'right'
  throw new Error(`${question} was answered wrong: ${JSON.stringify(message)}, and right is ${JSON.stringify(known)}`)
}

function judgeTriage(text: string, said: readonly StoredMessage[], truth: Truth): Verdict {
  const [message, ...more] = said
  if (!message || more.length > 0) throw new Error(`${text} has ${said.length} replies: ${JSON.stringify(said)}`)
  if (FAILURE.test(message.text)) return 'failure told'
  if (categoryOf(message.text) === truth.categories.get(text)) return 'right'
  throw new Error(`${text} was triaged wrong: ${message.text}`)
}

/** Presses as long as nobody answers the door: the server may be on its way up. */
async function untilTaken<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries > 200 || !(error instanceof TypeError)) throw error
      await sleep(100)
    }
  }
}

export interface WaveOptions {
  /** Version that the promotion asks for. */
  version: string
  questions: number
  triages: number
  /** Commands besides, each at most once. */
  also: readonly ('promote' | 'tickets' | 'evaluate' | 'ingest' | 'finetune')[]
}

const COMMANDS = {
  promote: { command: '/promote', decides: 'UBO' },
  tickets: { command: '/tickets', text: 'yesterday', decides: 'UANA' },
  evaluate: { command: '/evaluate', text: 'v2', decides: 'UANA' },
  ingest: { command: '/ingest', text: '', decides: 'UANA' },
  finetune: { command: '/finetune', text: `${HOUSE_TABLE} --epochs 2`, decides: 'UBO' },
} as const

export interface Wave {
  /** Resolves when everything was asked and every card that came was decided on once. */
  asked: Promise<unknown>
  /** After all has settled: judges what stands on the screens. */
  judge(): Verdict[]
}

export function beginWave(faces: TourFaces, random: Random, options: WaveOptions, truth: Truth): Wave {
  const { version } = options
  const questions: { question: string; where: Awaited<ReturnType<TourFaces['ask']>> }[] = []
  const triages: { text: string; said(): StoredMessage[] }[] = []

  async function askQuestion(question: string): Promise<void> {
    questions.push({ question, where: await untilTaken(() => faces.ask(question)) })
  }
  async function triage(text: string): Promise<void> {
    triages.push({ text, ...(await untilTaken(() => faces.command('/triage', text))) })
  }
  async function run(name: keyof typeof COMMANDS): Promise<void> {
    const { command, decides, ...given } = COMMANDS[name]
    const text = 'text' in given ? given.text : version
    const asked = await untilTaken(() => faces.command(command, text))
    const until = Date.now() + FIRST_MS
    while (asked.said().length === 0) {
      if (Date.now() > until) throw new Error(`nothing was said to ${command} ${text}`)
      await sleep(25)
    }
    const [card] = asked.said()
    // One that runs at once, is refused or meets a fault has nothing to press.
    if (!card || !JSON.stringify(card.blocks).includes('lakedesk:approve')) return
    await untilTaken(() => faces.pressSlack(card, decides, 'approve'))
  }
  const work = [
    ...Array.from({ length: options.questions }, () => () => askQuestion(pick(random, QUESTIONS))),
    ...Array.from({ length: options.triages }, () => () => triage(pick(random, TRIAGED))),
    ...options.also.map((name) => () => run(name)),
  ]
  return {
    asked: Promise.all(work.map((begin) => begin())),
    judge: () => [
      ...questions.map(({ question, where }) => judgeAnswer(question, faces.said(where), truth)),
      ...triages.map(({ text, said }) => judgeTriage(text, said(), truth)),
    ],
  }
}
