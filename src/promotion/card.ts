// The card of a promotion or rollback: the gate itself, complete in its text, with the buttons that still mean something.
import { isLive, toSealPrefix } from '../approvals/approval-words.ts'
import type { Block, Button, Saying } from '../core/reply.ts'
import type { ApprovalRecord } from '../store/port.ts'
import { toFields, toMetricsTable } from './card-blocks.ts'
import { isOver, toChangesText, toHeadline, toRegressionsText, toTitle, toVerdictText } from './card-text.ts'
import type { Evidence } from './evidence.ts'

/** The same for every copy. `now` in milliseconds since 1970. Buttons: `approve`, `reject`, `ask-again`. */
export function toCard(approval: ApprovalRecord, evidence: Evidence, now: number): Saying {
  const buttons = toButtons(approval, evidence, now)
  const parts = [
    toHeadline(approval, evidence, now),
    toVerdictText(evidence, approval.forced),
    toChangesText(evidence, isOver(approval, now) ? 'expired' : approval.state),
    // What decides is shown while there is something to decide or to watch.
    isLive(approval) && !isOver(approval, now) ? toRegressionsText(evidence) : '',
    toHint(approval, evidence, now),
  ]
  const { progress } = approval
  const running: Block[] = approval.state === 'running' && progress ? [{ kind: 'progress', ...progress }] : []
  return {
    text: parts.filter((part) => part !== '').join('\n\n'),
    blocks: [...running, ...toBlocks(evidence, approval)],
    ...(buttons.length > 0 ? { buttons } : {}),
  }
}

/** What `--dry-run` and refused asks show: the same evidence, stored nowhere. `blocked` is why it cannot be asked for. */
export function toPreview(evidence: Evidence, blocked: string | null): Saying {
  const head =
    blocked === null
      ? `**Dry run: ${toTitle(evidence)}.** Nothing was stored and nobody was asked.`
      : `**Not asked for: ${toTitle(evidence)}.** ${blocked}`
  // A reason that the first line has said already is not said twice.
  const verdict = blocked !== null && evidence.reasons.every((reason) => blocked.includes(reason))
  const parts = [
    head,
    verdict ? '' : toVerdictText(evidence, null),
    toChangesText(evidence, 'open'),
    toRegressionsText(evidence),
  ]
  return { text: parts.filter((part) => part !== '').join('\n\n'), blocks: toBlocks(evidence, null) }
}

function toBlocks(evidence: Evidence, approval: ApprovalRecord | null): Block[] {
  const table = toMetricsTable(evidence)
  return [...(table ? [table] : []), toFields(evidence, approval)]
}

/** A gate that fails, or never judged, is passed by force alone. */
function mayApprove(approval: ApprovalRecord, { kind, verdict }: Evidence): boolean {
  return kind === 'rollback' || approval.forced !== null || verdict === 'pass' || verdict === 'investigate'
}

function toHint(approval: ApprovalRecord, evidence: Evidence, now: number): string {
  const over = isOver(approval, now) || !isLive(approval)
  if (over && evidence.kind === 'rollback' && approval.state !== 'done') return 'To ask again write `rollback`.'
  if (approval.state !== 'open' || over) return ''
  if (!mayApprove(approval, evidence)) {
    return `It cannot be approved, because the gate says ${evidence.verdict}. In an emergency write \`promote v${evidence.candidate} --force "reason"\`: two others must then approve.`
  }
  return `Without buttons: write \`approve ${approval.id}\` or \`reject ${approval.id}\`.`
}

function toButtons(approval: ApprovalRecord, evidence: Evidence, now: number): Button[] {
  const again: Button = {
    action: 'ask-again',
    label: `Ask again for v${evidence.candidate}`,
    value: { version: evidence.candidate },
  }
  if (isOver(approval, now)) return evidence.kind === 'promotion' ? [again] : []
  if (approval.state === 'open') {
    const value = { approval: approval.id, seal: toSealPrefix(approval) }
    const reject: Button = { action: 'reject', label: 'Reject', value, style: 'danger' }
    if (!mayApprove(approval, evidence)) return [reject]
    return [
      { action: 'approve', label: 'Approve', value, style: 'primary', confirm: toConfirm(approval, evidence) },
      reject,
    ]
  }
  const asksAgain = !isLive(approval) && approval.state !== 'done' && evidence.kind === 'promotion'
  return asksAgain ? [again] : []
}

function toConfirm({ forced }: ApprovalRecord, evidence: Evidence): string {
  const doubt =
    forced !== null
      ? ` The gate says ${evidence.verdict} and is overridden by force.`
      : evidence.verdict === 'investigate'
        ? ' The gate is not sure: read its reasons first.'
        : ''
  return `${toTitle(evidence).replaceAll('\\', '')}, and switch ${evidence.endpoint} to it?${doubt}`
}
