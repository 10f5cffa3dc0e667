// The tools for versions as the program builds them: real planners, saga, record, evaluations and runner on the embedded platform.
import { createApprovals } from '../../src/approvals/create-approvals.ts'
import { createPeople } from '../../src/approvals/people.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { estimateEvaluation } from '../../src/evals/estimate.ts'
import { evaluateVersion } from '../../src/evals/evaluate.ts'
import { findEvaluation } from '../../src/evals/find-evaluation.ts'
import { createPromotionPlanner } from '../../src/promotion/plan-promotion.ts'
import { createRollbackPlanner } from '../../src/promotion/plan-rollback.ts'
import { createSaga } from '../../src/promotion/saga.ts'
import { createApprovedRunner } from '../../src/tools/approved-runner.ts'
import { createCards } from '../../src/tools/cards.ts'
import type { ToolContext } from '../../src/tools/define-tool.ts'
import { createPromotionTools } from '../../src/tools/index.ts'
import { readNewestEvaluations } from '../../src/tools/newest-evaluations.ts'
import { createPassageBook } from '../../src/tools/passage-book.ts'
import { runTool } from '../../src/tools/run-tool.ts'
import { nextTurn } from '../approvals/setup.ts'
import { judgeOf, setOf, subjectOf, toAnswer } from '../evals/world.ts'
import { createWorld, ENDPOINT, MODEL, toPolicy } from '../promotion/world.ts'
import { placeOf } from './approval-desk.ts'

export const people = createPeople([
  { principal: 'ana@acme.example', name: 'Ana', identities: ['slack/T0/UANA', 'teams/acme/ana'] },
  { principal: 'bo@acme.example', name: 'Bo', identities: ['slack/T0/UBO', 'teams/acme/bo'] },
  { principal: 'cy@acme.example', name: 'Cy', identities: ['slack/T0/UCY'] },
])

export async function versionDesk(
  options: { policy?: Record<string, unknown>; price?: number; rights?: (name: string) => Promise<string[]> } = {},
) {
  const world = await createWorld()
  const { registry, runs, serving, store, record, clock } = world
  const now = () => clock.now
  const approval = { approvers: ['ana@acme.example', 'bo@acme.example'], privileges: [] }
  const policy = toPolicy({ approval, ...options.policy })
  const { experiment } = policy
  const approvals = createApprovals({ store, people, now })
  const set = setOf(6)
  const rights = options.rights ?? (async () => [])
  const price = options.price ?? 0
  const tools = createPromotionTools({
    policy,
    registry,
    catalog: {
      findPrincipal: async (name) => ({ name, active: true, groups: [] }),
      effectivePrivileges: async (_, name) => rights(name),
      schemaPrivileges: async () => [],
    },
    record,
    planner: createPromotionPlanner({ registry, runs, serving, record, policy, now }),
    rollback: createRollbackPlanner({ registry, serving, record, policy }),
    saga: createSaga({ registry, serving, ...store, log: silentLog, now, pollMs: 1 }),
    approvals,
    places: store.places,
    log: silentLog,
    now,
    findEvaluation: (version, same) => findEvaluation({ runs, experiment, model: MODEL, version, ...same }),
    newestEvaluations: () => readNewestEvaluations(runs, { experiment, model: MODEL }),
    desk: {
      prepare: async () => ({
        set: { name: set.name, digest: set.digest, size: set.cases.length },
        judge: 'offline',
        estimate: estimateEvaluation({ set, earlier: null, price: { input: price, output: price } }),
      }),
      run: (version, hands) =>
        evaluateVersion({
          subject: { ...subjectOf(version, async (question) => toAnswer(`About ${question}`)), model: MODEL },
          set,
          judge: judgeOf(() => ({ faithfulness: { kind: 'score', value: 0.9 } })),
          runs,
          experiment,
          checkpoints: store.checkpoints,
          log: silentLog,
          ...hands,
        }),
    },
  })
  const find = (name: string) => tools.find((tool) => tool.name === name)
  const cards = createCards({ store, find, wake: () => {} })
  const startRunner = async () => {
    const runner = createApprovedRunner({ approvals, find, cards, log: silentLog, retryMs: 5 })
    await runner.start()
    return runner
  }
  let runner = await startRunner()

  /** Writes a command as that person; a string is the usage sentence. */
  async function say(
    line: string,
    identity = 'slack/T0/UANA',
    more: Partial<ToolContext> = {},
  ): Promise<Outcome | string> {
    const [name = '', ...rest] = line.split(' ')
    const tool = tools.find((each) => each.commands?.some((command) => command.name === name))
    const read = tool?.commands?.find((command) => command.name === name)?.toInput(rest.join(' '))
    if (!tool || read === undefined) throw new Error(`no command ${name}`)
    if (typeof read === 'string') return read
    const [, tenant = '', id = ''] = identity.split('/')
    const context: ToolContext = {
      turnId: nextTurn(),
      user: { id, tenant },
      actor: people.toActor(identity),
      place: placeOf('desk:one'),
      signal: new AbortController().signal,
      audit: store.audit,
      passages: createPassageBook(),
      approvals,
      ...more,
    }
    return runTool(tool, read.input, context)
  }
  /** What people see, and what the model reads. */
  async function read(line: string) {
    const outcome = await say(line)
    if (typeof outcome === 'string') throw new Error(outcome)
    if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome))
    const tool = tools.find((each) => each.commands?.some((command) => command.name === line.split(' ')[0]))
    return { says: tool?.toSaying?.(outcome.value), model: tool?.toModelText(outcome.value) ?? '' }
  }
  async function ask(line: string, identity?: string): Promise<string> {
    const outcome = await say(line, identity)
    if (typeof outcome === 'string' || outcome.kind !== 'waiting') throw new Error(JSON.stringify(outcome))
    return outcome.approval
  }
  async function ended(id: string) {
    for (;;) {
      const stored = await approvals.get(id)
      if (stored?.closedAt) return stored
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  const champion = () => registry.getAlias(MODEL, 'Champion')
  const served = async () => (await serving.describe(ENDPOINT))?.config?.entities.map(({ version }) => version)
  return {
    ...{ world, tools, approvals, store, say, read, ask, ended, champion, served, clock, registry, policy, find },
    /** The process stops, `ms` go by, and the next one starts. */
    async restart(ms: number, meanwhile: () => Promise<void>) {
      await runner.drain()
      await meanwhile()
      clock.now += ms
      runner = await startRunner()
    },
    async close() {
      await runner.drain()
      await world.close()
    },
  }
}

export const whyOf = (outcome: Outcome | string) =>
  typeof outcome === 'string' ? outcome : outcome.kind === 'refused' ? outcome.why : outcome.kind
