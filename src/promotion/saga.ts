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
import { findLock, isSagaSubject, type Lock, takeLock } from './steps/lock.ts'
import { look, tellFound } from './steps/look.ts'
import { undo } from './steps/undo.ts'

export interface Saga {
  /**
   * Carries out the move; with the same approval again it gives the ending there is, or resumes. Throws where no end is
   * known yet and it must be called again: the process drains (the signal's reason), the store cannot be written, or an
   * undo could not be completed (PLATFORM_*, with a sentence that says so).
   */
  run(move: Move, hands: SagaHands): Promise<SagaEnding>
  /**
   * Goes on with a move that an earlier run began, from its journal alone, or gives the ending there is. Null, and
   * nothing done, where the approval has no journal. `recheck` is asked as long as nothing was moved. Throws as `run`,
   * and STORE_CORRUPT where the journal cannot be read.
   */
  resume(approval: string, hands: SagaHands): Promise<SagaEnding | null>
  /** Approvals of the moves that were begun and have not ended, oldest first: each holds the lock of its model. */
  unfinished(): Promise<string[]>
}

export function createSaga(parts: SagaParts): Saga {
  const running = new Map<string, Promise<SagaEnding | null>>()
  /** Of one move there is one walk at a time: whoever comes second, to run or to resume it, gets the first one's ending. */
  async function once<E extends SagaEnding | null>(approval: string, work: () => Promise<E>): Promise<SagaEnding | E> {
    for (let known = running.get(approval); known; known = running.get(approval)) {
      const ending = await known
      if (ending) return ending
    }
    const mine = work().finally(() => running.delete(approval))
    running.set(approval, mine)
    return mine
  }
  return {
    async run(move, hands) {
      const checked = moveSchema.parse(move)
      return once(move.approval, async () => walkOn(parts, await takeLock(parts, checked, hands), hands))
    },
    resume: (approval, hands) =>
      once(approval, async () => {
        const lock = await findLock(parts, approval)
        return lock && walkOn(parts, lock, hands)
      }),
    async unfinished() {
      const records = await parts.sagas.unfinished()
      return records.filter(({ subject }) => isSagaSubject(subject)).map(({ id }) => id)
    },
  }
}

async function walkOn(parts: SagaParts, lock: Lock, hands: SagaHands): Promise<SagaEnding> {
  if (lock.kind === 'ended') return lock.ending
  const walk = createWalk(parts, hands, lock.journal, lock.resumed)
  if (lock.journal.ending) return closeRecord(walk, parts.sagas)
  const way = lock.journal.failure ? null : await tryForward(walk, hands)
  return endMove(walk, parts.sagas, way ?? (await undo(walk)))
}

/** Null where it failed and has to be undone: the failure is in the journal then. */
async function tryForward(walk: Walk, { recheck, signal }: SagaHands): Promise<Way | null> {
  const giveUp = async (why: string, foreign: boolean): Promise<null> => {
    await walk.save('undo.journal', 'undoing', { failure: { step: walk.where(), why, foreign } })
    return null
  }
  try {
    if (await nothingBegun(walk)) {
      await walk.show('Reading the facts again', 0)
      const moved = await walk.point('recheck.read', recheck)
      // A write of the run before may be on its way still: the undo waits for it.
      if (moved) return walk.journal.touched.length > 0 ? await giveUp(moved, false) : { kind: 'void', told: moved }
    }
    const foreign =
      (await runCanary(walk)) ?? (await moveAlias(walk)) ?? (await moveEndpoint(walk)) ?? (await prove(walk))
    return foreign ? await giveUp(foreign, true) : { kind: 'done' }
  } catch (error) {
    // A journal that cannot be written decides nothing, and a stop of the process is no failure of the move.
    if (walk.lost) throw error
    signal.throwIfAborted()
    walk.log.warn('A move failed and is undone', { error, step: walk.where() })
    return giveUp(toLakedeskError(error).userMessage, false)
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
