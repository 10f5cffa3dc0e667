// The tool that measures one night: the version in use and named candidates; its report is posted as a message of its own.
import { describeState, isLive, tellActor, tellAsker, toMoment, toSealPrefix } from '../approvals/approval-words.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Button, Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import { changeSchedule } from '../reports/schedules/schedule.ts'
import type { ApprovalRecord } from '../store/port.ts'
import { readCommandLine } from './command-line.ts'
import { type ApprovedEnding, type ApprovedRun, defineTool, type Tool } from './define-tool.ts'
import { isVersionText } from './find-version.ts'
import { planNight } from './nightly-plan.ts'
import { postNight } from './nightly-post.ts'
import { type NightlyInput, type NightlyParts, nightlyEvidenceSchema, nightlyInputSchema } from './nightly-words.ts'
import { isPassing } from './run-approved.ts'

/** A platform out of reach for so long is why a night failed, which is then posted. */
const GIVE_UP_MS = 6 * 3_600_000

export const RUN_NIGHTLY = 'run-nightly'

export function createRunNightly(parts: NightlyParts): Tool<NightlyInput, never> {
  const { alias } = parts
  return defineTool<NightlyInput, never>({
    name: RUN_NIGHTLY,
    description: `Measures ${parts.model} now as the nightly evaluation does, and posts the report in this conversation. Takes minutes. To read the last report use show-report.`,
    input: nightlyInputSchema,
    run: () => Promise.reject(new Error('A night runs only as an approved operation.')),
    toModelText: () => '',
    commands: [
      {
        name: 'nightly now',
        usage: '[v4 ...]: measures the version in use, and those named beside it, and posts the report here',
        toInput: (text) => readCandidates(text, alias, 'nightly now v4'),
        isMeant: (text) => text.split(/[\s,]+/).some((word) => isVersionText(word, alias)),
      },
    ],
    actions: {
      'nightly-again': ({ candidates = '' }) => ({
        candidates: candidates.split(/[\s,]+/).filter((each) => each !== ''),
      }),
    },
    approval: {
      plan: (input, context) => planNight(input, context, parts),
      whyNotForModel: ({ candidates, schedule, run }, said) =>
        whyNotByModel(candidates, schedule !== undefined || run !== undefined, said),
      mayDecide: async () => true,
      card: (approval) => toCard(approval, parts),
      // The report is a message of its own; a schedule has nobody who waits for a note.
      quiet: ({ state, input }) => state === 'done' || nightlyInputSchema.safeParse(input).data?.schedule !== undefined,
      carryOut: (input, run, signal) => carryOut(input, run, signal, parts),
      // The night keeps its own journal, and says itself when it gives up.
      resume: async () => null,
    },
  })
}

/** Versions behind the command; a string is the sentence that says what is wrong. */
export function readCandidates(
  text: string,
  alias: string,
  usage: string,
): { input: { candidates: string[] } } | string {
  const line = readCommandLine(text, {}, usage)
  if (typeof line === 'string') return line
  const words = line.words.map((word) => word.replace(/,$/, '')).filter((word) => word !== '')
  const wrong = words.find((word) => !isVersionText(word, alias))
  if (wrong === undefined) return { input: { candidates: words } }
  return `“${wrong.replace(/[^\p{L}\p{N}._-]/gu, '').slice(0, 40)}” is no version. Write \`${usage}\`; \`versions\` lists them.`
}

function whyNotByModel(candidates: readonly string[], isScheduled: boolean, said: string): string | null {
  if (isScheduled) return 'A night of a schedule is asked for by the schedule alone, so nothing was started.'
  if (candidates.length === 0 && /\bnight(?:ly)?\b|\bevaluat/i.test(said)) return null
  return 'The assistant may not begin that for you, so nothing was started. Write it as a command: `nightly now`.'
}

async function carryOut(
  input: NightlyInput,
  run: ApprovedRun,
  signal: AbortSignal,
  parts: NightlyParts,
): Promise<ApprovedEnding> {
  const evidence = nightlyEvidenceSchema.safeParse(run.approval.evidence)
  if (!evidence.success)
    return { state: 'failed', outcome: 'The stored request cannot be read, so nothing was measured. Ask again.' }
  const { night: id, date, zone, at, candidates, gone, place } = evidence.data
  try {
    const night = await parts.measure(
      {
        ...{ id, model: parts.model, date, zone, at, candidates, gone, signal },
        onProgress: (label, { done, total }) => run.progress(label, done, total),
      },
      { watched: input.run ?? null, until: Date.parse(run.approval.createdAt) + GIVE_UP_MS },
    )
    const post = place && (await postNight(night, place, parts))
    if (input.schedule && post) {
      await changeSchedule(parts.ledger('schedules'), input.schedule.id, (schedule) => ({
        ...schedule,
        lastPost: post,
      }))
    }
    const { text } = (await parts.toPosts(night, { full: false })).post
    const [outcome = 'It is done.'] = text.split('\n')
    return { state: night.verdict === 'failed' ? 'failed' : 'done', outcome, result: { night: night.id } }
  } catch (error) {
    signal.throwIfAborted()
    if (isPassing(error)) throw error
    parts.log.error('A night failed', { approval: run.approval.id, night: id, cause: error })
    const why = error instanceof LakedeskError ? error.userMessage : 'Something broke on our side; the log says what.'
    return { state: 'failed', outcome: why }
  }
}

function toCard(approval: ApprovalRecord, { called }: NightlyParts): Saying {
  const evidence = nightlyEvidenceSchema.safeParse(approval.evidence)
  if (!evidence.success) return { text: describeState(approval) }
  const { champion, candidates, words } = evidence.data
  const name = called === undefined ? '' : `${toPlainLine(called)} `
  const beside = candidates.length === 0 ? '' : `, with ${candidates.map((each) => `v${each}`).join(', ')} beside it`
  return {
    text: `Nightly evaluation of ${name}${champion === null ? 'no version' : `v${champion}`}${beside}: ${words}. ${describeStep(approval)}`,
    blocks: approval.state === 'running' && approval.progress ? [{ kind: 'progress', ...approval.progress }] : [],
    buttons: toButtons(approval, candidates),
    footer: `Request ${approval.id}, ${tellAsker(approval)} at ${toMoment(approval.createdAt)}`,
  }
}

function describeStep(approval: ApprovalRecord): string {
  if (approval.state === 'open') return `It starts when ${tellActor(approval.asker)} agrees.`
  if (approval.state === 'approved') return 'It is about to start; the report is posted in this conversation.'
  if (approval.state === 'running') {
    const { progress } = approval
    return progress ? `${toPlainLine(progress.label)}: ${progress.done} of ${progress.total}.` : 'It runs.'
  }
  return approval.state === 'done' ? 'It is done; the report is posted in this conversation.' : describeState(approval)
}

function toButtons(approval: ApprovalRecord, candidates: readonly string[]): Button[] {
  const value = { approval: approval.id, seal: toSealPrefix(approval) }
  if (approval.state === 'open') {
    return [
      { action: 'approve', label: 'Start', value, style: 'primary' },
      { action: 'reject', label: 'Do not start', value },
    ]
  }
  if (isLive(approval) || approval.state === 'done') return []
  return [{ action: 'nightly-again', label: 'Measure again', value: { candidates: candidates.join(' ') } }]
}
