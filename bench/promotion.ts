// What an evaluation costs beside the bare answers, what the gate says of an equal, a better and a worse version, and how long asking,
// moving and proving take: the 60 sample questions on the embedded platform.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import PQueue from 'p-queue'
import { answerCase, buildPlainAgent } from '../src/cli/build-agents.ts'
import { buildEvaluations } from '../src/cli/build-evaluations.ts'
import { currentChain } from '../src/cli/build-models.ts'
import { buildPlatform } from '../src/cli/build-platform.ts'
import { loadPolicy } from '../src/cli/load-policy.ts'
import { openIndex } from '../src/cli/open-index.ts'
import { readConfig } from '../src/config/read-config.ts'
import { silentLog } from '../src/core/log.ts'
import { loadEvalSet } from '../src/evals/eval-set.ts'
import { createChampionRecord } from '../src/promotion/champion.ts'
import { createPromotionPlanner } from '../src/promotion/plan-promotion.ts'
import { createSaga } from '../src/promotion/saga.ts'
import { changeChain } from '../src/rag/registered/change-chain.ts'
import { logChain } from '../src/rag/registered/log-chain.ts'
import { serveFirst } from '../src/rag/registered/serve-first.ts'
import { syncSource } from '../src/rag/sync.ts'
import { openSqliteStore } from '../src/store/sqlite/open-sqlite-store.ts'
import { verifyAudit } from '../src/store/sqlite/verify-audit.ts'
import { describeMachine } from './lib/machine.ts'
import { median } from './lib/percentile.ts'
import { toTable } from './lib/table.ts'

const sample = fileURLToPath(new URL('../examples/tallyport', import.meta.url))
const FREE_PROMPT = 'Answer the question from the passages. Be creative and always helpful.'
const AT_ONCE = 4
const MOVES = 10
const AUDIT_LINES = 20_000

const folder = mkdtempSync(join(tmpdir(), 'promotion-'))
const settings = readConfig({ LAKEDESK_DATA: folder })
const policy = { ...loadPolicy(join(sample, 'policy.json')), rollout: { canary: null, waitMinutes: 5, probe: [] } }
const { model, alias, endpoint } = policy
const index = await openIndex(settings, silentLog, false)
await syncSource({ index, paths: [join(sample, 'docs')] })
const storeFile = join(folder, 'store.db')
const store = openSqliteStore({ file: storeFile, log: silentLog })
const buildAgent = (chain: Parameters<typeof buildPlainAgent>[0]) =>
  buildPlainAgent(chain, { settings, index, log: silentLog })
const built = buildPlatform({ settings, policy, log: silentLog, buildAgent })
const { registry, runs, serving } = built.platform
const desk = buildEvaluations({ settings, policy, built, index, checkpoints: store.checkpoints, log: silentLog })
const set = await loadEvalSet(join(sample, 'questions.jsonl'))

const base = currentChain(settings.model)
const VERSIONS = [
  { what: 'v1, Champion', chain: base },
  { what: 'v2, equal', chain: base },
  { what: 'v3, 8 passages instead of 5', chain: changeChain(base, ['retrieval.numResults=8']) },
  { what: 'v4, 1 passage', chain: changeChain(base, ['retrieval.numResults=1']) },
  { what: 'v5, prompt without the rule to refuse', chain: changeChain(base, [], FREE_PROMPT) },
  { what: 'v6, both', chain: changeChain(base, ['retrieval.numResults=1'], FREE_PROMPT) },
]

const timed = async <T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> => {
  const began = performance.now()
  const value = await work()
  return { ms: performance.now() - began, value }
}

/** The same questions of the same version, four at once, with nothing around them. */
async function answerBare(version: string): Promise<void> {
  const agent = await built.agentOf(version)
  const { signal } = new AbortController()
  const queue = new PQueue({ concurrency: AT_ONCE })
  await Promise.all(
    set.cases.map((one) =>
      queue.add(() => answerCase(agent, one.question, signal, settings.evaluation.price, one.thread ?? [])),
    ),
  )
}

console.log(`Data set: examples/tallyport, ${set.cases.length} questions, offline model and judge, embedded platform`)
console.log(`Machine: ${describeMachine()}`)

const { signal } = new AbortController()
const evaluate = (version: string) => desk.run(version, { signal, onProgress: async () => {} })
const ratios: number[] = []
for (const { chain } of VERSIONS) {
  const { version } = await logChain({ model, chain }, { registry, runs, experiment: '/bench/chains' })
  const cold = await timed(() => evaluate(version))
  // The offline model remembers the sentences it has embedded, so both sides are measured when it has.
  const bare = await timed(() => answerBare(version))
  const warm = await timed(() => evaluate(version))
  ratios.push(warm.ms / bare.ms)
  const seconds = [cold.ms, warm.ms, bare.ms].map((ms) => (ms / 1000).toFixed(1))
  console.log(`evaluating v${version}: first ${seconds[0]} s, again ${seconds[1]} s, bare answers ${seconds[2]} s`)
}
console.log(`evaluation to bare answers: median ${median(ratios).toFixed(2)} of ${ratios.length} (floor 1.00)`)

await serveFirst('1', { registry, serving, model, alias, endpoint })
while ((await serving.describe(endpoint))?.update === 'IN_PROGRESS') {
  // Every look moves the embedded endpoint on.
}
const record = createChampionRecord({ audit: store.audit, registry, sagas: store.sagas })
const planner = createPromotionPlanner({ registry, runs, serving, record, policy })
const rows: string[][] = []
for (const [i, { what }] of VERSIONS.slice(1).entries()) {
  const first = await timed(() => planner.plan({ version: `v${i + 2}` }))
  const again = await timed(() => planner.plan({ version: `v${i + 2}` }))
  const { evidence } = first.value
  const failed = evidence?.metrics.filter(({ verdict }) => verdict === 'fail').map(({ key }) => key) ?? []
  rows.push([what, evidence?.verdict ?? 'refused', failed.join(', ') || '-', first.ms.toFixed(0), again.ms.toFixed(0)])
}
console.log(toTable(['version', 'verdict against v1', 'failed', 'plan, ms', 'again, ms'], rows))

const saga = createSaga({ registry, serving, sagas: store.sagas, audit: store.audit, log: silentLog, pollMs: 1 })
const hands = { recheck: async () => null, progress: async () => {}, signal }
const asker = { principal: 'ana', identity: 'console/local/ana' }
const moves: number[] = []
for (let n = 0; n < MOVES; n++) {
  const target = n % 2 === 0 ? 'v2' : 'v1'
  const plan = await planner.plan({ version: target })
  if (plan.kind !== 'plan') throw new Error(`${target}: ${plan.why}`)
  const evidence = { candidateRun: plan.evidence.candidateRun, policy: plan.evidence.policy, seal: 'bench' }
  const move = { ...plan.move, approval: `bench-${n}`, evidence, forced: null, asker, approvers: [] }
  const { ms, value } = await timed(() => saga.run(move, hands))
  if (value.state !== 'done') throw new Error(value.outcome)
  moves.push(ms)
}
// The floor: the two writes that a move is about, with nothing kept, proved or looked at.
const bareMoves: number[] = []
for (let n = 0; n < MOVES; n++) {
  const version = n % 2 === 0 ? '2' : '1'
  const config = (await serving.describe(endpoint))?.config
  if (!config) throw new Error('the endpoint has no config')
  const entities = config.entities.map((entity) => ({ ...entity, version }))
  const work = async () => {
    await registry.setAlias(model, alias, version)
    await serving.updateConfig(endpoint, { ...config, entities })
    while ((await serving.describe(endpoint))?.update === 'IN_PROGRESS') {
      // As above.
    }
  }
  bareMoves.push((await timed(work)).ms)
}
console.log(
  `a move of alias and endpoint: median ${median(moves).toFixed(1)} ms of ${MOVES}, bare writes ${median(bareMoves).toFixed(1)} ms (ratio ${(median(moves) / median(bareMoves)).toFixed(2)})`,
)

const line = { actor: 'bench/bench', what: 'bench', turnId: 'bench', outcome: 'done' as const, detail: { n: 1 } }
await Promise.all(
  Array.from({ length: AUDIT_LINES }, () => store.audit.append({ ...line, at: new Date().toISOString() })),
)
const proof = await timed(() => verifyAudit(storeFile))
if (proof.value.broken) throw new Error(proof.value.broken.why)
console.log(`audit verify: ${proof.value.lines.toLocaleString('en-US')} lines in ${proof.ms.toFixed(0)} ms`)

await built.platform.close()
await store.close()
await index.close()
rmSync(folder, { recursive: true, force: true })
