// The moves that the kill test breaks off at every point: one that arrives, one that is undone, and ways between.
import { LakedeskError } from '../../src/core/errors.ts'
import type { Move } from '../../src/promotion/saga-move.ts'
import type { SagaParts } from '../../src/promotion/saga-walk.ts'
import { canary, configOf, ENDPOINT, moveOf } from './saga-rig.ts'

/** By method, which call of it the platform does not take: the first is 1. */
type Faults = Readonly<Record<string, Readonly<Record<number, 'busy' | 'down'>>>>

export interface Scenario {
  move: Move
  /** How it ends. */
  ends: 'done' | 'undone' | 'void' | 'failed'
  /** What the re-reading of the facts says. */
  moved: string | null
  faults: Faults
  /** Another move holds the lock all the time. */
  locked: boolean
  /** Somebody else changes the endpoint to v1 right after the alias was moved. */
  crossed: boolean
  /** Points to be killed at; the others were reached in the same state by a move before it. */
  at: RegExp
}

function scenarioOf(ends: Scenario['ends'], change: Partial<Move>, faults: Faults = {}): Scenario {
  return { move: moveOf(change), ends, moved: null, faults, locked: false, crossed: false, at: /./ }
}

const toV4 = { to: '4', after: configOf(['4', 100]) }

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a promotion with canary': scenarioOf(
    'done',
    { canary },
    { updateConfig: { 1: 'busy', 3: 'busy' }, ask: { 1: 'down' }, askEntity: { 1: 'down' } },
  ),
  'a promotion whose probe fails': scenarioOf(
    'undone',
    { probe: [{ question: 'What?', expect: 'banana' }] },
    { updateConfig: { 2: 'busy', 3: 'down' } },
  ),
  'a promotion with canary whose probe fails': {
    ...scenarioOf('undone', { canary, probe: [{ question: 'What?', expect: 'banana' }] }),
    at: /^(undo|end)/,
  },
  'a promotion whose update fails': { ...scenarioOf('undone', { ...toV4, probe: [] }), at: /^(wait|undo)/ },
  'a canary that cannot be loaded': {
    ...scenarioOf('undone', { ...toV4, canary: { ...canary, config: configOf(['2', 90], ['4', 10]) } }),
    at: /^(canary|undo)/,
  },
  'a promotion that somebody else crosses': {
    ...scenarioOf('failed', {}),
    crossed: true,
    at: /^(alias|endpoint|undo|check|end)/,
  },
  'a move whose facts moved': { ...scenarioOf('void', {}), moved: 'Champion moved.' },
  'a move that never gets the lock': { ...scenarioOf('failed', { waitMinutes: 0.005 }), locked: true },
}

/** The ports as they are, but for the faults of the scenario, and what somebody else does in it. */
export function withFaults<Parts extends Pick<SagaParts, 'serving' | 'registry'>>(
  parts: Parts,
  { faults, crossed, move }: Scenario,
): Parts {
  const calls = new Map<string, number>()
  const meet = (method: string) => {
    const call = (calls.get(method) ?? 0) + 1
    calls.set(method, call)
    const fault = faults[method]?.[call]
    if (fault === 'busy') throw new LakedeskError('ENDPOINT_BUSY', 'It is being updated.')
    if (fault === 'down') throw new LakedeskError('PLATFORM_UNREACHABLE', 'It does not answer.')
  }
  const { serving, registry } = parts
  return {
    ...parts,
    registry: {
      getAlias: registry.getAlias,
      deleteAlias: registry.deleteAlias,
      async setAlias(model, alias, version) {
        await registry.setAlias(model, alias, version)
        if (!crossed || version !== move.to) return
        await serving.updateConfig(ENDPOINT, configOf(['1', 100]))
        while ((await serving.describe(ENDPOINT))?.update === 'IN_PROGRESS');
      },
    },
    serving: {
      describe: serving.describe,
      async updateConfig(name, config) {
        meet('updateConfig')
        return serving.updateConfig(name, config)
      },
      async invoke(name, records, options) {
        meet(options?.entity === undefined ? 'ask' : 'askEntity')
        return serving.invoke(name, records, options)
      },
    },
  }
}
