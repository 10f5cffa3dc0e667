// How a move ends: the sentence for the card, and the audit line, decided once and written in one transaction.
import type { AuditLine, Sagas } from '../store/port.ts'
import { type MoveLine, toMoveLine } from './saga-audit.ts'
import type { SagaEnding } from './saga-move.ts'
import { tellTraffic } from './saga-traffic.ts'
import type { Walk } from './saga-walk.ts'
import { type Found, look, tellFound, tellVersion } from './steps/look.ts'
import type { Undone } from './steps/undo.ts'

/** Where the walk came out. `told`: what moved, or what somebody else did. */
export type Way = { kind: 'done' } | { kind: 'void'; told: string } | Undone

interface Draft extends SagaEnding {
  line: Omit<MoveLine, 'at'>
  more: Readonly<Record<string, unknown>>
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

function toSentence(text: string): string {
  return /[.!?]$/.test(text) ? capital(text) : `${capital(text)}.`
}

/** Journals the ending, then ends the record with its audit line. */
export async function endMove(walk: Walk, sagas: Sagas, way: Way): Promise<SagaEnding> {
  const { state, outcome, line, more } = await toDraft(walk, way)
  const audit = toMoveLine(walk.move, { ...line, at: walk.now() }, more)
  await walk.save('end.journal', 'ending', { ending: { state, outcome, audit } })
  return closeRecord(walk, sagas)
}

/** Ends a record whose ending is journalled already. */
export async function closeRecord({ journal, move, point }: Walk, sagas: Sagas): Promise<SagaEnding> {
  const { ending } = journal
  if (!ending) throw new Error('a record is closed by its ending')
  const { state, outcome } = ending
  const audit: AuditLine = ending.audit
  await point('end.write', () => sagas.end(move.approval, outcome, audit))
  return { state, outcome }
}

async function toDraft(walk: Walk, way: Way): Promise<Draft> {
  const { move, journal } = walk
  const { alias, model, endpoint, from, to, kind, after } = move
  const failure = journal.failure ?? undefined
  switch (way.kind) {
    case 'done': {
      const outcome = `${alias} of ${model} is v${to} now (before: ${tellVersion(from)}), and ${endpoint} answers with ${tellTraffic(after)}.`
      return { state: 'done', outcome, line: { what: 'move-champion', outcome: 'done' }, more: {} }
    }
    case 'void': {
      const outcome = `Nothing was changed: ${toSentence(way.told)} Ask again.`
      return { state: 'void', outcome, line: { what: 'void-move', outcome: 'refused' }, more: { why: way.told } }
    }
    case 'undone': {
      const told = tellPutBack(way.putBack) ?? 'Nothing was changed.'
      const outcome = `The ${kind} of v${to} failed at the step ${failure?.step}: ${toSentence(failure?.why ?? 'unknown')} ${told}`
      const more = { step: failure?.step, why: failure?.why, putBack: way.putBack }
      return { state: 'undone', outcome, line: { what: 'undo-move', outcome: 'failed' }, more }
    }
    case 'foreign': {
      const found = await lookAround(walk)
      const seen = found ? tellFound(walk, found) : 'alias and endpoint cannot be read at the moment'
      const told = toSentence(way.told).replace(/^./, (first) => first.toLowerCase())
      const broken = failure && !failure.foreign ? failure : null
      const parts = [
        `The ${kind} of v${to} stopped: ${told}`,
        ...(broken ? [`The move had failed at the step ${broken.step}: ${toSentence(broken.why)}`] : []),
        tellPutBack(way.putBack) ?? [],
        `Found now: ${seen}. What others changed was not overwritten; a person must look.`,
      ].flat()
      return {
        state: 'failed',
        outcome: parts.join(' '),
        line: { what: 'stop-move', outcome: 'failed' },
        more: {
          step: failure?.step,
          why: way.told,
          putBack: way.putBack,
          ...(broken ? { failure: { step: broken.step, why: broken.why } } : {}),
          ...toFoundFacts(found),
        },
      }
    }
  }
}

/** Null where nothing was. */
function tellPutBack(putBack: readonly string[]): string | null {
  return putBack.length === 0 ? null : `Put back: ${putBack.join(', ')}.`
}

async function lookAround(walk: Walk): Promise<Found | null> {
  try {
    return await look(walk, 'check')
  } catch (error) {
    walk.signal.throwIfAborted()
    walk.log.warn('Alias and endpoint could not be read where a move stopped', { error })
    return null
  }
}

function toFoundFacts(found: Found | null): Readonly<Record<string, unknown>> {
  return { found: found && { alias: found.alias, endpoint: tellTraffic(found.endpoint.config) } }
}
