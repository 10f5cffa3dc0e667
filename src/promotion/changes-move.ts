// A move as planned: plain data for the saga, before anybody has asked or approved.
import type { Endpoint } from '../platform/ports/serving.ts'
import { toCanaryConfig, toPromotedConfig } from './changes.ts'
import type { Policy } from './policy.ts'
import { type Move, moveSchema } from './saga-move.ts'

/** What the saga needs to know beside who asked and who approved. */
export type PlannedMove = Pick<
  Move,
  'kind' | 'model' | 'alias' | 'endpoint' | 'from' | 'to' | 'before' | 'after' | 'canary' | 'probe' | 'waitMinutes'
>

/** A rollback goes all at once: what it leaves was bad enough already. */
export function toMove(
  kind: Move['kind'],
  policy: Policy,
  from: string | null,
  to: string,
  { config }: Endpoint,
): PlannedMove {
  const { model, alias, endpoint, rollout } = policy
  const wanted = kind === 'promotion' ? rollout.canary : null
  const canary = wanted && toCanaryConfig(config, model, to, wanted.percentage)
  return moveSchema.omit({ approval: true, evidence: true, forced: true, asker: true, approvers: true }).parse({
    kind,
    model,
    alias,
    endpoint,
    from,
    to,
    before: config,
    after: toPromotedConfig(config, model, to),
    canary: wanted && canary ? { config: canary, ...wanted } : null,
    probe: rollout.probe,
    waitMinutes: rollout.waitMinutes,
  })
}
