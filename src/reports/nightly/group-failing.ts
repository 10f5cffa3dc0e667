// Groups failing questions by what they share, and names each group with words taken from the questions and pages themselves.
import { stemWord, words } from '../../core/text/analyze.ts'
import { cutLine } from '../../core/text/cut-line.ts'
import { STOP_WORDS } from '../../core/text/stop-words.ts'
import type { CaseResult } from '../../evals/evaluation.ts'
import type { Failing } from './failing.ts'
import type { FailingGroup } from './night.ts'

/** What is shared must be so many times as common among the failing as in the whole set, or it explains nothing. */
const LEAST_LIFT = 2
/** A word that more of the questions hold says nothing of some. */
const MOST_COMMON_WORD = 0.15
/** Words of questions as such, which name nothing that questions have in common. */
const GENERIC: ReadonlySet<string> = new Set(
  (
    'many much long want need needs use used using get gets got set make makes made find found work works working tell show see give ' +
    'way ways possible different first last new one two three old good best better know like let keep take long day days time times ' +
    'every without within still happen happens mean means change changes question answer please help really also please page pages'
  ).split(' '),
)
const MOST_LABEL = 60
const MOST_QUESTION = 300

interface Feature {
  cause: FailingGroup['cause']
  /** The same for all that share it. */
  key: string
  label: string
}

/** Largest group first; what shares nothing with another is a group of its own. `rows` are all of the evaluation. */
export function groupFailing(failing: readonly Failing[], rows: readonly CaseResult[]): FailingGroup[] {
  const all = new Map(rows.map((row) => [row.case.id, row]))
  const counts = countFeatures(rows)
  const left = new Map(failing.flatMap((each) => (all.has(each.caseId) ? [[each.caseId, each] as const] : [])))
  const groups: FailingGroup[] = []
  const take = (caseIds: readonly string[], { cause, label }: Pick<FailingGroup, 'cause' | 'label'>) => {
    const questions = caseIds.map(
      (id) => all.get(id)?.case.question.replace(/\s+/g, ' ').trim().slice(0, MOST_QUESTION) ?? id,
    )
    groups.push({ label, cause, caseIds: [...caseIds], questions })
    for (const id of caseIds) left.delete(id)
  }
  for (const stage of ['error', 'content', 'metric'] as const) {
    for (;;) {
      const best = findBest([...left.values()], stage, { all, counts, size: rows.length, failing: failing.length })
      if (!best) break
      take(best.caseIds, best.feature)
    }
  }
  for (const id of [...left.keys()]) take([id], { cause: 'alone', label: null })
  return groups.sort((a, b) => b.caseIds.length - a.caseIds.length)
}

interface Ground {
  all: ReadonlyMap<string, CaseResult>
  counts: ReadonlyMap<string, number>
  size: number
  failing: number
}

type Stage = 'error' | 'content' | 'metric'

/** What most of them share; of equals the one that is named first: a page before its folder, a tag, a word. */
function findBest(left: readonly Failing[], stage: Stage, ground: Ground) {
  const shared = new Map<string, { feature: Feature; caseIds: string[] }>()
  for (const each of left) {
    for (const feature of featuresOf(each, stage, ground)) {
      const known = shared.get(feature.key) ?? { feature, caseIds: [] }
      shared.set(feature.key, known)
      known.caseIds.push(each.caseId)
    }
  }
  const explains = ({ feature, caseIds }: { feature: Feature; caseIds: string[] }) => {
    if (caseIds.length < 2) return false
    if (stage !== 'content') return true
    const inSet = (ground.counts.get(feature.key) ?? caseIds.length) / ground.size
    if (feature.cause === 'words' && inSet > MOST_COMMON_WORD) return false
    return caseIds.length / ground.failing >= LEAST_LIFT * inSet
  }
  const order = ['error', 'refusal', 'page', 'tag', 'words', 'metric', 'alone']
  const [best] = [...shared.values()]
    .filter(explains)
    .sort(
      (a, b) =>
        b.caseIds.length - a.caseIds.length ||
        order.indexOf(a.feature.cause) - order.indexOf(b.feature.cause) ||
        (ground.counts.get(a.feature.key) ?? 0) - (ground.counts.get(b.feature.key) ?? 0) ||
        (a.feature.key < b.feature.key ? -1 : 1),
    )
  if (!best) return null
  const own = best.caseIds.flatMap((id) => ground.all.get(id)?.case.question ?? [])
  const all = [...ground.all.values()].map((row) => row.case.question)
  const { cause, label } = best.feature
  return { caseIds: best.caseIds, feature: { cause, label: label === '' ? null : spell(label, [...own, ...all]) } }
}

function featuresOf({ caseId, metric }: Failing, stage: Stage, { all }: Ground): Feature[] {
  const row = all.get(caseId)
  if (!row) return []
  if (stage === 'content') return contentOf(row)
  if (stage === 'metric') {
    return metric === null ? [] : [{ cause: 'metric', key: `metric:${metric}`, label: metric.replaceAll('_', ' ') }]
  }
  if (row.error === null) return []
  const text = row.error.replace(/\s+/g, ' ').trim()
  return [
    { cause: 'error', key: `error:${text.replace(/[0-9a-f]*\d[0-9a-f]*/gi, '#')}`, label: cutLine(text, MOST_LABEL) },
  ]
}

/** Whether it should be refused, the page that is expected, each folder it lies in, the tags, and the rarer words of the question. */
function contentOf({ case: one }: CaseResult): Feature[] {
  const parts = (one.page ?? '').split('/').filter((part) => part !== '')
  const pages = parts.map((part, at): Feature => {
    const path = parts.slice(0, at + 1).join('/')
    return { cause: 'page', key: `page:${path}`, label: part.replace(/\.\w+$/, '').replace(/[-_]+/g, ' ') }
  })
  const tags = one.tags.map((tag): Feature => ({ cause: 'tag', key: `tag:${tag}`, label: tag }))
  const stems = new Map(
    words(one.question)
      .filter((word) => word.length > 2 && !STOP_WORDS.has(word) && !GENERIC.has(word))
      .map((word) => [stemWord(word), word]),
  )
  const spoken = [...stems].map(([stem, word]): Feature => ({ cause: 'words', key: `word:${stem}`, label: word }))
  const refusal: Feature[] = one.unanswerable ? [{ cause: 'refusal', key: 'refusal', label: '' }] : []
  return [...refusal, ...pages.toReversed(), ...tags, ...spoken]
}

function countFeatures(rows: readonly CaseResult[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const row of rows) {
    for (const { key } of contentOf(row)) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** Each word as the questions write it, `SSO` for `sso`, the failing ones before all others; else as it stands. */
function spell(label: string, questions: readonly string[]): string {
  const written = questions.flatMap((question) => question.match(/[\p{L}\p{N}]+/gu) ?? [])
  return label
    .split(' ')
    .map((word) => {
      const found = written.filter((each) => each.toLowerCase() === word.toLowerCase())
      return found.find((each) => each === each.toUpperCase() && each.length > 1) ?? found[0]?.toString() ?? word
    })
    .join(' ')
}
