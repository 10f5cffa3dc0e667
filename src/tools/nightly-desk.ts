// Measures the nights of one model and tells them: the domain of the report with what is muted, assigned and evaluated elsewhere.
import type { Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { Night, NightAsked, NightParts, NightPostOptions } from '../reports/nightly/night.ts'
import { toNightHtml } from '../reports/nightly/night-html.ts'
import { readNights } from '../reports/nightly/night-ledger.ts'
import { type NightPost, toNightPost } from '../reports/nightly/night-post.ts'
import { runNight } from '../reports/nightly/run-night.ts'
import { assignmentSchema, listCare, mutedAt } from '../reports/schedules/case-care.ts'
import type { Ledger, LedgerKind } from '../store/port-ledgers.ts'

/** Evaluations that finished elsewhere, and how they are read. */
export interface NightlyDeskParts
  extends Omit<NightParts, 'ledger' | 'muted' | 'readEvaluation' | 'isPassing'>,
    Pick<NightPostOptions, 'called'> {
  model: string
  ledger(kind: LedgerKind): Ledger
  readEvaluation: NonNullable<NightParts['readEvaluation']>
  isPassing(error: unknown): boolean
  /** Address of a trace in the tracking UI; null where there is none. Rejects with PLATFORM_*. */
  traceUrls(): Promise<((traceId: string) => string) | null>
  /** True where there is a version to go back to. Rejects with PLATFORM_*. */
  canRollBack(): Promise<boolean>
}

export interface NightlyDesk {
  /**
   * Measures it, or takes up what was broken off. `watched`: the run of the evaluation that counts as the first measurement.
   * `until` (milliseconds since 1970): what may pass by itself is thrown before, and is why the night failed after.
   */
  measure(asked: NightAsked, how: { watched: string | null; until: number }): Promise<Night>
  toPosts(night: Night, options: { full: boolean }): Promise<NightPost>
  toHtml(night: Night): Promise<string>
  /** Newest first. */
  history(): Promise<Night[]>
}

export function createNightlyDesk(parts: NightlyDeskParts): NightlyDesk {
  const { model, log, called } = parts
  const nights = parts.ledger('nights')
  const findShown = async (): Promise<Pick<NightPostOptions, 'called' | 'traceUrl'>> => {
    const traceUrl = await parts.traceUrls().catch((error: unknown) => {
      log.warn('Where traces are shown could not be read, so no report links to them', { model, cause: error })
      return null
    })
    return { ...(called === undefined ? {} : { called }), ...(traceUrl ? { traceUrl } : {}) }
  }
  const history = () => readNights(nights, model)
  return {
    history,
    measure(asked, { watched, until }) {
      const { ledger, canRollBack: _, traceUrls: __, ...domain } = parts
      const { now = Date.now } = parts
      // The night sets its first measurement apart by its own id.
      const evaluate: NightParts['evaluate'] = (version, hands) =>
        watched !== null && hands.apart === asked.id ? parts.readEvaluation(watched) : parts.evaluate(version, hands)
      const isPassing = (error: unknown): boolean => now() < until && parts.isPassing(error)
      const muted = (at: Date) => mutedAt(ledger('mutes'), model, at)
      return runNight({ ...domain, ledger: nights, evaluate, isPassing, muted }, asked)
    },
    async toPosts(night, { full }) {
      const canRollBack = await parts.canRollBack().catch((error: unknown) => {
        log.warn('Whether there is a version to go back to could not be read, so no button offers it', {
          model,
          cause: error,
        })
        return false
      })
      const { post, thread } = toNightPost(night, await history(), { ...(await findShown()), canRollBack, full })
      const assigned = await listCare(parts.ledger('assignments'), assignmentSchema, model)
      const whoOf = (id: string | undefined) => assigned.find((each) => each.case === id)?.who ?? null
      return { post, thread: thread.map((saying, at) => nameKeeper(saying, whoOf(night.worst[at]?.caseId))) }
    },
    toHtml: async (night) => toNightHtml(night, await history(), await findShown()),
  }
}

/** Somebody looks after it already: that is said, and the button offers to take over. */
function nameKeeper(saying: Saying, who: string | null): Saying {
  if (who === null) return saying
  const { buttons } = saying
  const named = buttons?.map((each) => (each.action === 'assign-case' ? { ...each, label: 'Take over' } : each))
  return {
    ...saying,
    text: `${saying.text}\n${toPlainLine(who)} looks after it.`,
    ...(named ? { buttons: named } : {}),
  }
}
