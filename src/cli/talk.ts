// `lakedesk chat` and `lakedesk ask`: the console face over the real conversation core.
import { createConsoleBot, isAnswered, toJsonAnswer } from '../bots/console/console-bot.ts'
import { type ConsoleScreen, createScreen } from '../bots/console/console-channel.ts'
import { renderConsoleText } from '../bots/console/render-console-text.ts'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Reply } from '../core/reply.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import type { TicketPlan } from '../tickets/ticket-plan.ts'
import { type Answering, buildAnswering } from './build-answering.ts'
import { keepFilesIn } from './file-keeping.ts'
import { ingestPaths, renderReport, type Terminal } from './ingest.ts'
import { loadPolicy } from './load-policy.ts'
import { loadTicketPlan } from './load-ticket-plan.ts'
import { openIndex } from './open-index.ts'
import { holdsOwnDocuments, listIfAny, samplePath, samplePolicyPath, sampleTicketPlanPath } from './sample.ts'
import { userName } from './user-name.ts'

async function bringSample(index: VectorIndex, settings: Settings, log: Log, terminal: Terminal): Promise<void> {
  if (await holdsOwnDocuments(index)) {
    terminal.stdout.write(
      'This data folder holds your own documentation, so the sample stays out. Set LAKEDESK_DATA to another folder to try it.\n',
    )
    return
  }
  terminal.stdout.write('Ingesting the sample documentation of Tallyport, an invented product ...\n')
  terminal.stdout.write(`${renderReport(await ingestPaths([samplePath()], { index, settings, log, terminal }))}\n`)
}

/** The sample tickets and their plan, where nobody has described or loaded tickets of their own. */
async function bringTickets(settings: Settings, log: Log, terminal: Terminal): Promise<{ tickets?: TicketPlan }> {
  if (settings.sql.tickets !== undefined || settings.sql.warehouse !== undefined) return {}
  const { bringSampleIfNone } = await import('./tickets.ts')
  const brought = await bringSampleIfNone(settings, log)
  if (brought > 0) terminal.stdout.write(`${brought} sample tickets loaded: /tickets yesterday triages them.\n`)
  return { tickets: loadTicketPlan(sampleTicketPlanPath) }
}

/** The documentation of LAKEDESK_DOCS, brought up to date before the first question. */
async function bringDocs(index: VectorIndex, settings: Settings, log: Log, terminal: Terminal): Promise<void> {
  terminal.stdout.write(`${renderReport(await ingestPaths(settings.docs, { index, settings, log, terminal }))}\n`)
}

function needDocuments(count: number): void {
  if (count > 0) return
  throw new LakedeskError(
    'INDEX_MISSING',
    'No documentation has been ingested yet, so there is nothing to answer from. Run: lakedesk ingest <folder>  (or lakedesk chat --sample)',
  )
}

const SAMPLE_PEOPLE =
  'To try a promotion: /as ana, /versions, /evaluate v1; Ana may ask, Bo and Cy may approve (docs/promotion.md).\n'

/** True where every question was answered. */
export async function chat(
  { sample, as }: { sample: boolean; as?: string },
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<boolean> {
  const index = await openIndex(settings, log, false)
  try {
    // The sample comes with people who may ask and approve, so that everything can be tried.
    const policy = sample && settings.policy === undefined ? { policy: loadPolicy(samplePolicyPath()) } : {}
    const tickets = sample ? await bringTickets(settings, log, terminal) : {}
    // The store is opened first: a second chat on one folder must be told so before it ingests anything.
    const answering = buildAnswering({ settings, log, index, store: 'file', ...policy, ...tickets })
    try {
      if (sample) await bringSample(index, settings, log, terminal)
      else if (settings.docs.length > 0) await bringDocs(index, settings, log, terminal)
      const pages = (await listIfAny(index)).length
      needDocuments(pages)
      const tips = sample && settings.policy === undefined ? SAMPLE_PEOPLE : ''
      const welcome = `\nAsk about the documentation (${pages} pages). /help shows what else; Ctrl-D leaves.\n${tips}`
      return await converse(answering, { as, welcome, terminal, settings })
    } finally {
      await answering.close()
    }
  } finally {
    await index.close()
  }
}

async function converse(
  answering: Answering,
  {
    as,
    welcome,
    terminal,
    settings,
  }: { as: string | undefined; welcome: string; terminal: Terminal; settings: Settings },
): Promise<boolean> {
  const screen = createScreen(terminal.stdout, terminal.stderr)
  const settle = async (reply: Reply): Promise<void> => void (await answering.settle(reply.turn))
  const bot = createConsoleBot({
    conversation: answering.conversation,
    screen,
    user: as ?? userName(),
    settle,
    ...keepFilesIn(settings),
  })
  const note = await answering.start()
  terminal.stdout.write(note === null ? welcome : `\n${note}\n${welcome}`)
  const allAnswered = await bot.chat(terminal.stdin)
  const left = await answering.listBusy()
  if (left.length > 0) {
    const names = left.map(({ id, tool }) => `${id} (${tool})`).join(', ')
    terminal.stdout.write(`\nStill under way: ${names}. It stops at a safe point and goes on at the next start.\n`)
  }
  return allAnswered
}

export interface AskOptions {
  json: boolean
  /** Earlier questions of the same conversation. */
  after: readonly string[]
}

/** Prints the answer; false where there is none because something failed. */
export async function ask(
  question: string,
  options: AskOptions,
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<boolean> {
  const index = await openIndex(settings, log, true)
  const silent: ConsoleScreen = { write() {}, status() {}, style: { color: false } }
  try {
    needDocuments((await listIfAny(index)).length)
    const answering = buildAnswering({ settings, log, index, store: 'memory', readOnly: true })
    const bot = createConsoleBot({ conversation: answering.conversation, screen: silent, user: userName() })
    const note = await answering.modelNote()
    if (note) terminal.stderr.write(`lakedesk: ${note}\n`)
    const reply = await bot.ask(question, options.after)
    await answering.close()
    if (!isAnswered(reply)) {
      terminal.stderr.write(`lakedesk: ${reply.text}\n`)
      return false
    }
    terminal.stdout.write(
      options.json
        ? `${JSON.stringify(toJsonAnswer(reply), null, 2)}\n`
        : renderConsoleText(reply, { color: Boolean(terminal.stdout.isTTY) }),
    )
    return true
  } finally {
    await index.close()
  }
}
