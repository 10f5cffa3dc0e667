// The list behind `finetune status`: which trainings run or wait, and how the last ones ended.
import { isLive, tellAsker, toMoment } from '../approvals/approval-words.ts'
import type { Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { ApprovalRecord } from '../store/port.ts'
import { preparedSchema } from '../training/prepared-training.ts'

const MOST_ENDED = 5

/** `requests`: newest first. */
export function toStatus(requests: readonly ApprovalRecord[]): Saying {
  const live = requests.filter(isLive)
  const ended = requests.filter((request) => !isLive(request)).slice(0, MOST_ENDED)
  if (live.length + ended.length === 0) {
    return { text: 'No training has been asked for yet. Write `finetune` to open the form.' }
  }
  const lines = [...live, ...ended].map((request) => `- ${describe(request)}`)
  const head =
    live.length === 0
      ? 'No training waits or runs.'
      : `${live.length} training${live.length === 1 ? '' : 's'} wait or run.`
  return { text: `${head}\n\n${lines.join('\n')}\n\nWrite \`approval <request>\` to see a card.` }
}

function describe(request: ApprovalRecord): string {
  const training = preparedSchema.safeParse(request.evidence).data
  const about = training ? `${toPlainLine(training.registerTo)} on ${toPlainLine(training.data)}` : 'a training'
  const at =
    request.state === 'open'
      ? 'waits for approval'
      : request.state === 'running' && request.progress
        ? toPlainLine(request.progress.label)
        : `${request.state}${request.outcome ? `: ${toPlainLine(request.outcome)}` : ''}`
  return `Request \`${request.id}\` (${about}), ${tellAsker(request)} at ${toMoment(request.createdAt)}: ${at}`
}
