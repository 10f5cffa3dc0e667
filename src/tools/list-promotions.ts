// The tool that lists what waits for a decision or runs, what waits for a review, and the last moves of the record.
import { z } from 'zod'
import { approvingVotes, tellAsker, toMoment } from '../approvals/approval-words.ts'
import type { ApprovalService } from '../approvals/create-approvals.ts'
import type { Button, Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { ChampionEntry, ChampionRecord } from '../promotion/champion.ts'
import { type ApprovalRecord, LIVE_STATES } from '../store/port.ts'
import { defineTool, type Tool } from './define-tool.ts'
import { describeMove } from './show-champion.ts'

const inputSchema = z.object({})
const MAX_MOVES = 10
const MAX_LISTED = 100
const MAX_BUTTONS = 10

export interface ListPromotionsParts {
  approvals: Pick<ApprovalService, 'list'>
  record: Pick<ChampionRecord, 'history'>
  model: string
  alias: string
  /** True to list the requests of this model alone; else those of all models and tools. */
  onlyIts?: boolean
}

export interface PromotionList {
  live: readonly ApprovalRecord[]
  reviews: readonly ApprovalRecord[]
  moves: readonly ChampionEntry[]
}

export function createListPromotions(parts: ListPromotionsParts): Tool<z.infer<typeof inputSchema>, PromotionList> {
  return defineTool<z.infer<typeof inputSchema>, PromotionList>({
    name: 'list-promotions',
    description:
      'Lists the requests that wait for a decision or run, those that wait for a review afterwards, and the last moves of the version in use: who asked, who approved, when, on which evaluation.',
    input: inputSchema,
    async run() {
      const [live, recent, moves] = await Promise.all([
        parts.approvals.list({ states: LIVE_STATES, limit: MAX_LISTED }),
        parts.approvals.list({ states: ['done', 'undone', 'failed'], limit: MAX_LISTED }),
        parts.record.history(parts.model, parts.alias, MAX_MOVES),
      ])
      const isShown = ({ subject }: ApprovalRecord) => !parts.onlyIts || isAbout(subject, parts.model)
      const reviews = recent.filter(({ review }) => review === 'pending')
      return { live: live.filter(isShown), reviews: reviews.filter(isShown), moves }
    },
    toModelText: (list) => toText(list),
    toSaying: (list): Saying => ({
      text: `${toText(list)}${toMore(list)}`,
      buttons: toButtons(list).slice(0, MAX_BUTTONS),
    }),
    toAuditFacts: ({ live, moves }) => ({ live: live.length, moves: moves.length }),
    commands: [
      {
        name: 'promotions',
        usage: 'lists open requests and the last moves',
        toInput: (text) =>
          text.trim() === '' ? { input: {} } : 'Write only `promotions`; `approval a7f3k2` shows one request.',
      },
    ],
  })
}

/** Subjects are `model:<name>` and `evaluation:<name>/v3`. */
function isAbout(subject: string, model: string): boolean {
  return subject === `model:${model}` || subject.startsWith(`evaluation:${model}/`)
}

/** Faces refuse messages with too many. */
function toButtons({ live, reviews }: PromotionList): Button[] {
  return [
    ...live.map(({ id }) => ({ action: 'show-card', label: `Show ${id}`, value: { approval: id } })),
    ...reviews.map(({ id }) => ({ action: 'review', label: `Reviewed ${id}`, value: { approval: id } })),
  ]
}

function toMore(list: PromotionList): string {
  const more = toButtons(list).length - MAX_BUTTONS
  if (more <= 0) return ''
  return `\n\nButtons stand for the first ${MAX_BUTTONS} alone, and for ${more} more not: write \`approval a7f3k2\` or \`review a7f3k2\` with the id from the list.`
}

function toText({ live, reviews, moves }: PromotionList): string {
  const open = live.length === 0 ? 'No request is open.' : `Open requests:\n\n${live.map(toLine).join('\n')}`
  const due =
    reviews.length === 0
      ? ''
      : `\n\nTo be reviewed by somebody else than who asked:\n\n${reviews.map((each) => `${toLine(each)} ${toPlainLine(each.outcome ?? '')}`).join('\n')}`
  const past =
    moves.length === 0
      ? 'The record holds no move yet.'
      : `The last moves, newest first:\n\n${moves.map((move) => `- ${describeMove(move)}`).join('\n')}`
  return `${open}${due}\n\n${past}`
}

function toLine(approval: ApprovalRecord): string {
  const { id, tool, subject, state, createdAt, expiresAt, rule } = approval
  const votes =
    state === 'open'
      ? `, ${approvingVotes(approval).length} of ${rule.quorum} approvals, until ${toMoment(expiresAt)}`
      : ''
  const forced = approval.forced === null ? '' : ', FORCED'
  return `- \`${id}\` ${tool} of ${subject.replace(/^\w+:/, '')}: ${state}${votes}${forced}, ${tellAsker(approval)} at ${toMoment(createdAt)}.`
}
