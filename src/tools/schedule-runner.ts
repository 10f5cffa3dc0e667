// Starts what is due: looks at the clock, claims each slot once among all runners, and asks for the night in its owner's name.
import { randomUUID } from 'node:crypto'
import type { ApprovalService } from '../approvals/create-approvals.ts'
import { LakedeskError, toLakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Saying } from '../core/reply.ts'
import type { Person } from '../core/turn.ts'
import { changeSchedule, listSchedules, type Schedule } from '../reports/schedules/schedule.ts'
import { missedAt } from '../reports/schedules/slots.ts'
import { type Actor, type Audit, LIVE_STATES, type Posts } from '../store/port.ts'
import type { Ledger } from '../store/port-ledgers.ts'
import type { AnyTool } from './define-tool.ts'
import { toNightSubject } from './nightly-plan.ts'
import { putOnce } from './nightly-post.ts'
import type { NightlyInput } from './nightly-words.ts'
import { createPassageBook } from './passage-book.ts'
import { isPassing } from './run-approved.ts'
import { runTool } from './run-tool.ts'

/** An evaluation that finished elsewhere. */
export interface FinishedRun {
  runId: string
  /** ISO 8601. */
  finishedAt: string
}

export interface ScheduleRunnerParts {
  schedules: Ledger
  /** `run-nightly`, over all models. */
  tool: AnyTool
  approvals: Pick<ApprovalService, 'open' | 'list'>
  audit: Audit
  posts: Posts
  /** The oldest finished evaluation of the version in use that ended after that time and that no night has used; null where there is none. */
  findFinished(model: string, after: string): Promise<FinishedRun | null>
  /** Lets the conversation look for posts that are not shown. */
  wake(): void
  log: Log
  /** Milliseconds since 1970. */
  now?: () => number
  /** Between two looks at the clock; default 30 seconds. */
  tickMs?: number
}

export interface ScheduleRunner {
  /** Makes up for what was missed while nothing ran, once, and starts the clock. */
  start(): void
  /** Looks at the clock once; a look that is under way is waited for. Never rejects. */
  tick(): Promise<void>
  /** Starts nothing more, and waits for what is being asked for. */
  drain(): Promise<void>
}

const TICK_MS = 30_000
/** A runner that claimed a slot and stopped is followed by another after this. */
const CLAIM_MS = 60_000
/** A slot whose night could not even be asked for is given up after this. */
const GIVE_UP_MS = 6 * 3_600_000

/** What is due: the moment of the slot, and of `watch` the run. */
interface Due {
  slot: string
  run?: string
}

export function createScheduleRunner(parts: ScheduleRunnerParts): ScheduleRunner {
  const { log, tickMs = TICK_MS } = parts
  const token = randomUUID()
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let ticking: Promise<void> | null = null

  async function look(): Promise<void> {
    try {
      for (const schedule of await listSchedules(parts.schedules)) {
        if (stopping.signal.aborted) return
        await lookAt(schedule, token, stopping.signal, parts).catch((error: unknown) =>
          log.error('A schedule could not be looked at and is looked at again', {
            schedule: schedule.id,
            cause: error,
          }),
        )
      }
    } catch (error) {
      log.error('The schedules could not be read and are read again', { cause: error })
    }
  }

  function tick(): Promise<void> {
    ticking ??= look().finally(() => {
      ticking = null
    })
    return ticking
  }

  return {
    tick,
    start() {
      void tick()
      timer = setInterval(() => void tick(), tickMs)
      timer.unref()
    },
    async drain() {
      stopping.abort(new Error('The process stops.'))
      clearInterval(timer)
      await ticking
    },
  }
}

async function lookAt(
  schedule: Schedule,
  token: string,
  signal: AbortSignal,
  parts: ScheduleRunnerParts,
): Promise<void> {
  if (schedule.paused || (await pauseWhereDropped(schedule, parts))) return
  const due = await findDue(schedule, parts)
  if (due === null || (await isBusy(schedule, due, parts))) return
  const nowMs = parts.now?.() ?? Date.now()
  const claim = { slot: due.slot, until: new Date(nowMs + CLAIM_MS).toISOString(), token }
  const mine = await changeSchedule(parts.schedules, schedule.id, (each) => {
    const isTaken = each.claim !== null && each.claim.token !== token && Date.parse(each.claim.until) > nowMs
    return isTaken || each.paused || toAfter(each) >= due.slot ? null : { ...each, claim }
  })
  if (mine) await ask(mine, due, signal, parts)
}

function toAfter({ since, lastSlot }: Pick<Schedule, 'since' | 'lastSlot'>): string {
  return lastSlot !== null && lastSlot > since ? lastSlot : since
}

async function findDue(schedule: Schedule, parts: ScheduleRunnerParts): Promise<Due | null> {
  const after = toAfter(schedule)
  if (schedule.mode === 'watch') {
    const found = await parts.findFinished(schedule.model, after)
    return found && { slot: found.finishedAt, run: found.runId }
  }
  const now = parts.now?.() ?? Date.now()
  const slot = schedule.when && missedAt(schedule.when, Date.parse(after), now)
  return slot === null ? null : { slot: new Date(slot).toISOString() }
}

/** One night of a model at a time: another one, such as that of another conversation, comes first. */
async function isBusy({ id, model }: Schedule, { slot }: Due, { approvals }: ScheduleRunnerParts): Promise<boolean> {
  const live = await approvals.list({ subject: toNightSubject(model), states: LIVE_STATES, limit: 1 })
  return live.some(({ askedIn }) => askedIn !== toTurnId(id, slot))
}

/** A repeat of the same slot finds its own request by it. */
export function toTurnId(schedule: string, slot: string): string {
  return `schedule:${schedule}:${slot}`
}

/** The claim is given back only once the request is stored, refused for good, or given up: a crash before leaves the slot due. */
async function ask(schedule: Schedule, due: Due, signal: AbortSignal, parts: ScheduleRunnerParts): Promise<void> {
  const { id, log } = { id: schedule.id, log: parts.log }
  let outcome: Outcome<unknown>
  try {
    outcome = await runTool(parts.tool, toInput(schedule, due), {
      turnId: toTurnId(id, due.slot),
      user: toPerson(schedule.by),
      actor: schedule.by,
      signal,
      audit: parts.audit,
      passages: createPassageBook(),
      approvals: parts.approvals,
    })
  } catch (error) {
    if (signal.aborted) return
    const isLate = (parts.now?.() ?? Date.now()) - Date.parse(due.slot) > GIVE_UP_MS
    log.error('A night could not be asked for', { schedule: id, slot: due.slot, cause: error })
    if ((isPassing(error) || !(error instanceof LakedeskError)) && !isLate) {
      await changeSchedule(parts.schedules, id, (each) => ({ ...each, claim: null }))
      return
    }
    outcome = { kind: 'refused', why: `The nightly evaluation did not begin. ${toLakedeskError(error).userMessage}` }
  }
  if (outcome.kind === 'refused') await tellRefusal(schedule, due, outcome.says ?? { text: outcome.why }, parts)
  await changeSchedule(parts.schedules, id, (each) => ({ ...each, lastSlot: due.slot, claim: null }))
}

function toInput({ id, model, candidates }: Schedule, { slot, run }: Due): NightlyInput & { model: string } {
  return { model, candidates, schedule: { id, slot }, ...(run === undefined ? {} : { run }) }
}

/** The person behind `<channel>/<tenant>/<id>`. Who made a schedule was no guest. */
function toPerson({ identity, name }: Actor): Person {
  const [, tenant = '', ...id] = identity.split('/')
  return { id: id.join('/'), tenant, ...(name === undefined ? {} : { name }) }
}

async function tellRefusal(
  schedule: Schedule,
  { slot }: Due,
  saying: Saying,
  parts: ScheduleRunnerParts,
): Promise<void> {
  await putOnce(`${toTurnId(schedule.id, slot)}:refused`, saying, { place: schedule.place, outcome: 'refused' }, parts)
  parts.wake()
}

const GONE =
  'its last report could not be shown, so the conversation may be deleted, or Lakedesk removed from it. `nightly resume` there begins again'

/** True where the newest report was given up: nobody would see the next one. */
async function pauseWhereDropped(
  schedule: Schedule,
  { posts, schedules, log, now = Date.now }: ScheduleRunnerParts,
): Promise<boolean> {
  const { lastPost, id } = schedule
  const post = lastPost === null ? null : await posts.get(lastPost)
  if (!post || post.shown > 0 || (await posts.pending()).some(({ key }) => key === lastPost)) return false
  const at = new Date(now()).toISOString()
  const paused = await changeSchedule(schedules, id, (each) =>
    each.lastPost === lastPost && !each.paused ? { ...each, paused: { at, by: 'Lakedesk', why: GONE } } : null,
  )
  if (paused) log.warn('A nightly report is paused: its last post could not be shown', { schedule: id, post: lastPost })
  return true
}
