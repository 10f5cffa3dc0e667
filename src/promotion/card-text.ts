// The words of the card: what is asked, how it stands, and why, as Markdown that is complete without the blocks below it.
import { approvingVotes, nameActor, toMoment } from '../approvals/approval-words.ts'
import { assertNever } from '../core/assert-never.ts'
import type { ApprovalRecord } from '../store/port.ts'
import { cutText, stripMarks, toFigure, toPlainMarkdown } from './compare-text.ts'
import type { Evidence } from './evidence.ts'

const MAX_QUESTION = 140
const MAX_ANSWER = 160
const MAX_REASONS = 4
const MAX_REASON = 320
const MAX_OUTCOME = 600

/** `v3 of product_docs_rag`: the last part of the model's full name, which stands in the fields. */
export function nameModel(model: string): string {
  return model.split('.').at(-1) ?? model
}

function toPlain(text: string, most: number): string {
  return toPlainMarkdown(cutText(text, most))
}

function nameVersion(version: string | null): string {
  return version === null ? 'none' : `v${version}`
}

/** What is to happen, without how it stands: `Promote product_docs_rag v3 to Champion in place of v2`. */
export function toTitle({ kind, model, alias, candidate, champion }: Evidence): string {
  const name = toPlainMarkdown(nameModel(model))
  if (kind === 'rollback') return `Roll back ${name} from v${champion ?? '?'} to v${candidate}`
  const place = champion === null ? '' : ` in place of v${champion}`
  return `Promote ${name} v${candidate} to ${toPlainMarkdown(alias)}${place}`
}

/** The first line: bold, so that a dead card cannot be mistaken for a live one. */
export function toHeadline(approval: ApprovalRecord, evidence: Evidence, now: number): string {
  const title = toTitle(evidence)
  const outcome = approval.outcome ? ` ${toPlain(approval.outcome, MAX_OUTCOME)}` : ''
  const closed = toMoment(approval.closedAt ?? approval.expiresAt)
  switch (approval.state) {
    case 'open':
      if (isOver(approval, now))
        return `**Expired on ${toMoment(approval.expiresAt)}: ${title}.** Nobody decided, and nothing was changed.`
      return `**${title}?** ${toMissing(approval)}`
    case 'approved':
      return `**Approved: ${title}.** ${toApprovers(approval)} It is about to run.`
    case 'running':
      return `**Running: ${title}.** ${toApprovers(approval)}${toProgress(approval)}`
    case 'done':
      return `**Done on ${closed}: ${title}.** ${toApprovers(approval)}${outcome}`
    case 'undone':
      return `**Put back on ${closed}: ${title}.** It failed, and alias and endpoint are as before.${outcome}`
    case 'failed':
      return `**Failed on ${closed}: ${title}.** Somebody has to look.${outcome}`
    case 'rejected':
      return `**Rejected on ${closed}: ${title}.**${outcome} Nothing was changed.`
    case 'expired':
      return `**Expired on ${toMoment(approval.expiresAt)}: ${title}.** Nobody decided, and nothing was changed.`
    case 'void':
      return `**Void: ${approval.outcome ? toPlain(approval.outcome, MAX_OUTCOME) : 'the evidence moved.'}** ${title} was asked for on other facts, so nothing was changed.`
    default:
      return assertNever(approval.state)
  }
}

/** A card whose time is over is dead before anybody has noted it. */
export function isOver(approval: ApprovalRecord, now: number): boolean {
  return approval.state === 'open' && !(Date.parse(approval.expiresAt) > now)
}

function toMissing(approval: ApprovalRecord): string {
  const { rule, votes, expiresAt, asker } = approval
  const missing = rule.quorum - approvingVotes(approval).length
  const from = rule.who.kind === 'listed' ? `, from ${rule.who.principals.map(toPlainMarkdown).join(', ')}` : ''
  const more = votes.length > 0 ? ' more' : ''
  const people = missing === 1 ? `One${more} approval is needed` : `${missing}${more} approvals are needed`
  return `Asked by ${toPlainMarkdown(nameActor(asker))}. ${people} by ${toMoment(expiresAt)}${from}.`
}

function toProgress({ progress }: ApprovalRecord): string {
  return progress ? ` ${toPlain(progress.label, MAX_REASON)} (${progress.done} of ${progress.total}).` : ''
}

/** `Approved by Ana (ana@…) on 2026-11-22 14:05 UTC.` */
export function toApprovers(approval: ApprovalRecord): string {
  const votes = approvingVotes(approval)
  if (votes.length === 0) return `Asked by ${toPlainMarkdown(nameActor(approval.asker))}; no approval was needed.`
  const named = votes.map((vote) => `${toPlainMarkdown(nameActor(vote))} on ${toMoment(vote.at)}`)
  return `Asked by ${toPlainMarkdown(nameActor(approval.asker))}, approved by ${named.join(' and ')}.`
}

export function toVerdictText(evidence: Evidence, forced: string | null): string {
  if (evidence.kind === 'rollback') return evidence.reasons.map((reason) => toPlain(reason, MAX_REASON)).join(' ')
  const shown = evidence.reasons.slice(0, MAX_REASONS).map((reason) => toPlain(reason, MAX_REASON))
  const more = evidence.reasons.length - shown.length
  const [first] = shown
  const body =
    shown.length === 1 && more === 0
      ? ` ${first}`
      : `\n${shown.map((reason) => `- ${reason}`).join('\n')}${more > 0 ? `\n- and ${more} more, see the table` : ''}`
  const notes = evidence.notes.map((note) => `\n\n${toPlain(note, MAX_REASON)}`).join('')
  const head = `**Gate: ${evidence.verdict}.**${body}${notes}`
  return forced === null
    ? head
    : `**Forced past the gate: “${toPlain(forced, MAX_REASON)}”** This stays in the record.\n\n${head}`
}

const CHANGES_HEAD: Record<ApprovalRecord['state'], string> = {
  open: 'What will change',
  approved: 'What will change',
  running: 'What changes now',
  done: 'What changed',
  undone: 'What was tried and put back',
  failed: 'What was tried',
  rejected: 'What would have changed',
  expired: 'What would have changed',
  void: 'What would have changed',
}

export function toChangesText({ changes }: Evidence, state: ApprovalRecord['state']): string {
  const lines = changes.map((line) => `- \`${line.replaceAll('`', "'")}\``)
  return `**${CHANGES_HEAD[state]}**\n${lines.join('\n')}`
}

/** Empty where no question got worse. */
export function toRegressionsText({ regressions, candidate, champion }: Evidence): string {
  if (regressions.length === 0) return ''
  const lines = regressions.map((each, at) => {
    const metric = each.metric.replaceAll('_', ' ')
    const trace = each.trace ? ` (trace ${toPlain(each.trace, 60)})` : ''
    return [
      `${at + 1}. “${toPlain(each.question, MAX_QUESTION)}” ${metric} ${toFigure(each.from)} -> ${toFigure(each.to)}${trace}`,
      `   - v${candidate}: ${toAnswer(each.candidateAnswer)}`,
      `   - ${nameVersion(champion)}: ${toAnswer(each.championAnswer)}`,
    ].join('\n')
  })
  return `**Worst regressions**\n${lines.join('\n')}`
}

function toAnswer(text: string): string {
  return text.trim() === '' ? 'no answer' : toPlain(stripMarks(text), MAX_ANSWER)
}
