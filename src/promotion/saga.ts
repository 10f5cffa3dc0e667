// Moves alias and endpoint together, or puts both back: a journalled walk that a crash at any point resumes or undoes.
import { toLakedeskError } from '../core/errors.ts'
import { probe } from './probe.ts'
import { closeRecord, endMove, type Way } from './saga-ending.ts'
import { type Move, moveSchema, type SagaEnding } from './saga-move.ts'
import { sameConfig, sameTraffic } from './saga-traffic.ts'
import { createWalk, type SagaHands, type SagaParts, type Walk } from './saga-walk.ts'
import { moveAlias } from './steps/alias.ts'
import { runCanary } from './steps/canary.ts'
import { moveEndpoint } from './steps/endpoint.ts'
import { takeLock } from './steps/lock.ts'
import { look, tellFound } from './steps/look.ts'
import { undo } from './steps/undo.ts'

export interface Saga {
  /**
   * Carries out the move; with the same approval again it gives the ending there is, or resumes. Throws where no end is
   * known yet and it must be called again: the process drains (the signal's reason), the store cannot be written, or an
   * undo could not be completed (PLATFORM_*, with a sentence that says so).
   */
  run(move: Move, hands: SagaHands): Promise<SagaEnding>
}

export function createSaga(parts: SagaParts): Saga {
  const running = new Map<string, Promise<SagaEnding>>()
  return {
    run(move, hands) {
      const known = running.get(move.approval)
      if (known) return known
      const work = carryOut(parts, moveSchema.parse(move), hands).finally(() => running.delete(move.approval))
      running.set(move.approval, work)
      return work
    },
  }
}

async function carryOut(parts: SagaParts, move: Move, hands: SagaHands): Promise<SagaEnding> {
  const lock = await takeLock(parts, move, hands)
  if (lock.kind === 'ended') return lock.ending
  const walk = createWalk(parts, hands, lock.journal, lock.resumed)
  if (lock.journal.ending) return closeRecord(walk, parts.sagas)
  const way = lock.journal.failure ? null : await tryForward(walk, hands)
  return endMove(walk, parts.sagas, way ?? (await undo(walk)))
}

/** Null where it failed and has to be undone: the failure is in the journal then. */
async function tryForward(walk: Walk, { recheck, signal }: SagaHands): Promise<Way | null> {
  try {
    if (await nothingBegun(walk)) {
      await walk.show('Reading the facts again', 0)
      const moved = await walk.point('recheck.read', recheck)
      if (moved) return { kind: 'void', told: moved }
    }
    const foreign =
      (await runCanary(walk)) ?? (await moveAlias(walk)) ?? (await moveEndpoint(walk)) ?? (await prove(walk))
    return foreign ? { kind: 'foreign', told: foreign } : { kind: 'done' }
  } catch (error) {
    // A journal that cannot be written decides nothing, and a stop of the process is no failure of the move.
    if (walk.lost) throw error
    signal.throwIfAborted()
    const step = walk.where()
    walk.log.warn('A move failed and is undone', { error, step })
    await walk.save('undo.journal', 'undoing', { failure: { step, why: toLakedeskError(error).userMessage } })
    return null
  }
}

/** After a crash the journal may be ahead of the platform: what counts for the sealed facts is whether anything moved. */
async function nothingBegun(walk: Walk): Promise<boolean> {
  if (walk.journal.touched.length === 0) return true
  if (!walk.resumed) return false
  const { alias, endpoint } = await look(walk, 'resume')
  const { from, before } = walk.move
  return alias === from && endpoint.update !== 'IN_PROGRESS' && sameConfig(endpoint.config, before)
}

/** Asks the golden questions, and makes sure that alias and endpoint are what is about to be recorded. */
async function prove(walk: Walk): Promise<string | null> {
  await walk.show('Asking the golden questions', 5)
  await walk.save('probe.journal', 'probe')
  await probe(walk, 'probe')
  const found = await look(walk, 'check')
  const { to, after } = walk.move
  const held =
    found.alias === to && found.endpoint.update !== 'IN_PROGRESS' && sameTraffic(found.endpoint.config, after)
  return held ? null : `somebody else made a change: ${tellFound(walk, found)}`
}
