// Records thirteen nights of the sample for the playground: really measured on the embedded platform, while the documentation, the
// questions and the version in use change between them as they do in life. Usage: node bench/record-nights.ts <file to write>
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildPlainAgent } from '../src/cli/build-agents.ts'
import { buildEvaluations } from '../src/cli/build-evaluations.ts'
import { currentChain } from '../src/cli/build-models.ts'
import { buildPlatform } from '../src/cli/build-platform.ts'
import { loadPolicy } from '../src/cli/load-policy.ts'
import { openIndex } from '../src/cli/open-index.ts'
import { readConfig } from '../src/config/read-config.ts'
import { digestOf } from '../src/core/digest.ts'
import { silentLog } from '../src/core/log.ts'
import { readEvaluation } from '../src/evals/find-evaluation.ts'
import { judge } from '../src/promotion/gate.ts'
import { changeChain } from '../src/rag/registered/change-chain.ts'
import { logChain } from '../src/rag/registered/log-chain.ts'
import { syncSource } from '../src/rag/sync.ts'
import { type NewCase, type Night, toNightId } from '../src/reports/nightly/night.ts'
import { readNights } from '../src/reports/nightly/night-ledger.ts'
import { toNightPost } from '../src/reports/nightly/night-post.ts'
import { runNight } from '../src/reports/nightly/run-night.ts'
import { openSqliteStore } from '../src/store/sqlite/open-sqlite-store.ts'

const LAST_DAY = '2026-01-14'
const ZONE = 'Europe/Berlin'
const DAY_MS = 86_400_000
const sample = fileURLToPath(new URL('../examples/tallyport', import.meta.url))
const [, , out = 'nights.json'] = process.argv

interface Plan {
  /** Of January 2026. */
  day: number
  champion: '1' | '2'
  /** Pages that are not there that night. */
  without: readonly string[]
  /** Lines of the set that are not asked yet, counted from its end. */
  later: number
  candidates?: readonly string[]
  newCases?: boolean
}

const UNWRITTEN = ['release-notes/4.2.md', 'returns/returns-portal.md']
/** As the playground prepares them: the second is worse on purpose. */
const BAD_PROMPT = 'Answer every question from the context in a friendly way, whatever the question is about.\n'
const PLANS: readonly Plan[] = [
  { day: 1, champion: '1', without: UNWRITTEN, later: 4 },
  { day: 2, champion: '1', without: UNWRITTEN, later: 4 },
  { day: 3, champion: '1', without: UNWRITTEN.slice(1), later: 4 },
  // The night of the 4th was missed: nothing ran.
  { day: 5, champion: '1', without: [], later: 4 },
  { day: 6, champion: '2', without: [], later: 4 },
  { day: 7, champion: '1', without: [], later: 4 },
  { day: 8, champion: '1', without: [], later: 4 },
  { day: 9, champion: '1', without: ['sso/okta.md', 'sso/scim.md'], later: 4 },
  { day: 10, champion: '1', without: [], later: 4 },
  { day: 11, champion: '1', without: [], later: 2, newCases: true },
  { day: 12, champion: '1', without: [], later: 2, candidates: ['3'] },
  { day: 13, champion: '1', without: [], later: 0, newCases: true, candidates: ['3'] },
  { day: 14, champion: '1', without: [], later: 0, candidates: ['3'] },
]

const folder = mkdtempSync(join(tmpdir(), 'nights-'))
const docs = join(folder, 'docs')
const settings = readConfig({ LAKEDESK_DATA: folder })
// Its folder is part of the set's name.
mkdirSync(join(folder, 'tallyport'))
const setFile = join(folder, 'tallyport', 'questions.jsonl')
const policy = { ...loadPolicy(join(sample, 'policy.json')), evaluationSet: setFile }
const { model, experiment, gate } = policy
const index = await openIndex(settings, silentLog, false)
const store = openSqliteStore({ file: join(folder, 'store.db'), log: silentLog })
const buildAgent = (chain: Parameters<typeof buildPlainAgent>[0]) =>
  buildPlainAgent(chain, { settings, index, log: silentLog })
const built = buildPlatform({ settings, policy, log: silentLog, buildAgent })
const { registry, runs } = built.platform
const desk = buildEvaluations({ settings, policy, built, index, checkpoints: store.checkpoints, log: silentLog })

const base = currentChain(settings.model)
for (const chain of [
  base,
  changeChain(base, ['retrieval.numResults=1'], BAD_PROMPT),
  changeChain(base, ['retrieval.numResults=8']),
]) {
  await logChain({ model, chain }, { registry, runs, experiment })
}

/** Questions that users ask first, and that join the set later, last of all. */
const FROM_USERS = ['q17', 'q25', 'q31', 'q40']
const given = readFileSync(join(sample, 'questions.jsonl'), 'utf8').trim().split('\n')
const isLater = (line: string) => FROM_USERS.some((id) => line.includes(`"id": "${id}"`))
const lines = [...given.filter((line) => !isLater(line)), ...given.filter(isLater)]

/** Puts pages and questions as they are that night. Gives a digest of the pages. */
async function prepare({ without, later }: Plan): Promise<string> {
  rmSync(docs, { recursive: true, force: true })
  cpSync(join(sample, 'docs'), docs, { recursive: true })
  for (const page of without) rmSync(join(docs, page))
  writeFileSync(setFile, `${lines.slice(0, lines.length - later).join('\n')}\n`)
  await syncSource({ index, paths: [docs] })
  const pages = readdirSync(docs, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
  return digestOf(pages.map((each) => [each.name, readFileSync(join(each.parentPath, each.name), 'utf8')]).sort())
}

/** The questions that are new that night, as their curator took them in. */
function newCasesOf({ later, newCases }: Plan): NewCase[] {
  if (!newCases) return []
  return lines.slice(lines.length - later - 2, lines.length - later).map((line) => {
    const { id, question }: { id: string; question: string } = JSON.parse(line)
    return { caseId: id, question, by: 'Ana' }
  })
}

async function measure(plan: Plan): Promise<Night> {
  const docsDigest = await prepare(plan)
  const date = `2026-01-${String(plan.day).padStart(2, '0')}`
  const at = Date.parse(`${date}T02:00:00.000Z`)
  const began = Date.now()
  const now = () => at + (Date.now() - began)
  return runNight(
    {
      ...{ ledger: store.ledger('nights'), gate, log: silentLog, now },
      champion: async () => plan.champion,
      evaluate: (version, { apart, signal, onProgress }) => desk.run(version, { signal, onProgress, apart }),
      readEvaluation: (runId) => readEvaluation(runs, runId),
      judgeCandidate: (candidate, champion) =>
        judge(gate, {
          evaluation: candidate,
          champion: { version: plan.champion, evaluation: champion },
          now: Date.now(),
        }).verdict,
      facts: async (version) => ({
        chain: digestOf(await built.chainOf(version, model)).slice(0, 16),
        docs: docsDigest.slice(0, 16),
      }),
      newCases: async () => newCasesOf(plan),
    },
    {
      ...{ id: toNightId(model, date), model, date, zone: ZONE, at: new Date(at).toISOString() },
      ...{ candidates: plan.candidates ?? [], signal: new AbortController().signal, onProgress: async () => {} },
    },
  )
}

for (const plan of PLANS) {
  const night = await measure(plan)
  const history = await readNights(store.ledger('nights'), model)
  console.log(`${night.date}: ${toNightPost(night, history).post.text.replaceAll('\n', ' ')}`)
}
const nights = (await readNights(store.ledger('nights'), model)).toReversed()
const moved = nights.filter(({ date }) => Date.parse(date) > Date.parse(LAST_DAY) - 14 * DAY_MS)
writeFileSync(out, `${JSON.stringify(moved)}\n`)
console.log(`${moved.length} nights written to ${out}`)
await store.close()
rmSync(folder, { recursive: true, force: true })
