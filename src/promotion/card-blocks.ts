// The blocks of the card: its facts as fields, and the metrics of both versions side by side.
import { approvingVotes, toMoment } from '../approvals/approval-words.ts'
import type { Block } from '../core/reply.ts'
import type { ApprovalRecord } from '../store/port.ts'
import { toFigure, toInterval, toSigned } from './compare-text.ts'
import type { Evidence } from './evidence.ts'

type Field = { label: string; value: string }

const SEAL_SHOWN = 8

/** `approval` is null for a preview, which nobody can decide on. */
export function toFields(evidence: Evidence, approval: ApprovalRecord | null): Block {
  const { model, endpoint, set, judge, evaluatedAt, attempt, candidateRun, kind } = evidence
  const fields: Field[] = [
    { label: 'Model', value: model },
    { label: 'Endpoint', value: endpoint },
  ]
  if (kind === 'promotion') {
    fields.unshift({ label: 'Verdict', value: evidence.verdict })
    if (set) {
      const when = evaluatedAt ? `, evaluated ${toMoment(evaluatedAt)}` : ''
      fields.push({ label: 'Data set', value: `${set.name}, ${set.size} questions${when}` })
      if (attempt) fields.push({ label: 'Evaluation', value: tellAttempt(attempt) })
    }
    if (judge) fields.push({ label: 'Judge and run', value: `${judge}, run ${candidateRun ?? 'none'}` })
  }
  fields.push({ label: 'Who may approve', value: tellApprovers(evidence, approval) })
  if (approval) {
    if (approval.state === 'open') fields.push({ label: 'Expires', value: toMoment(approval.expiresAt) })
    if (approval.forced !== null) fields.push({ label: 'Forced', value: approval.forced })
    const review = tellReview(approval)
    if (review) fields.push({ label: 'Review', value: review })
  }
  const seal = approval ? `request ${approval.id}, seal ${approval.seal.slice(0, SEAL_SHOWN)}, ` : ''
  fields.push({ label: 'Sealed to', value: `${seal}policy ${evidence.policy}` })
  return { kind: 'fields', fields }
}

/** `2nd of 3 evaluations on these questions`. */
function tellAttempt({ at, of }: NonNullable<Evidence['attempt']>): string {
  if (of === 1) return 'the only one of this version on these questions'
  const ending = at % 100 >= 11 && at % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][at % 10] ?? 'th')
  return `${at}${ending} of ${of} evaluations on these questions`
}

function tellApprovers({ approvers, quorum, kind }: Evidence, approval: ApprovalRecord | null): string {
  if (quorum === 0) return kind === 'rollback' ? 'no approval needed, reviewed afterwards' : 'no approval needed'
  const names = approvers.length === 0 ? 'nobody: the list of approvers is empty' : approvers.join(', ')
  const so = approval ? `${approvingVotes(approval).length} of ${quorum} so far` : `${quorum} needed`
  if (kind === 'rollback') return `${names} (${so}, whoever asks among them; reviewed afterwards)`
  return `${names} (${so}, never the person who asks)`
}

function tellReview({ review }: ApprovalRecord): string | null {
  if (review === 'none') return null
  return review === 'pending' ? 'pending: somebody else has to look at it' : `by ${review.name ?? review.principal}`
}

/** Null where nothing was measured. */
export function toMetricsTable({ metrics, candidate, champion }: Evidence): Block | null {
  if (metrics.length === 0) return null
  const own = `v${candidate}`
  const columns =
    champion === null
      ? ['Metric', own, 'Gate']
      : ['Metric', own, `Champion v${champion}`, 'Change (95% interval)', 'Gate']
  const rows = metrics.map((each) => {
    const name = each.unit === '' ? each.key : `${each.key} (${each.unit})`
    const mean = `${toFigure(each.candidate.mean)} (${toInterval(each.candidate)}, n=${each.candidate.n})`
    if (champion === null) return [name, mean, each.verdict]
    const other = each.champion ? `${toFigure(each.champion.mean)} (n=${each.champion.n})` : 'not scored'
    const change = each.delta
      ? `${toSigned(each.delta.mean)} (${toSigned(each.delta.low)} to ${toSigned(each.delta.high)})`
      : 'not comparable'
    return [name, mean, other, change, each.verdict]
  })
  return { kind: 'table', columns, rows }
}
