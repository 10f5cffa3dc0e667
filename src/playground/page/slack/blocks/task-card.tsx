// Task and plan blocks: what the app did on its way, step by step.
import { SafeLink } from '../markup/safe-link.tsx'
import { asRecord, asRecords, asText, type Json } from './read-json.ts'
import { RichText } from './rich-text.tsx'

const WORDS: Readonly<Record<string, string>> = {
  pending: 'Waiting',
  in_progress: 'Working',
  complete: 'Done',
  error: 'Failed',
}

function Detail({ value }: { value: unknown }) {
  if (typeof value === 'string') return <p>{value}</p>
  const block = asRecord(value)
  return block.type === 'rich_text' ? <RichText block={block} /> : null
}

export function TaskCard({ task }: { task: Json }) {
  const status = asText(task.status)
  return (
    <div class="task" data-status={status}>
      <p class="task-title">
        <span class="task-mark" aria-hidden="true" />
        {asText(task.title)} <span class="hidden-words">{WORDS[status] ?? status}</span>
      </p>
      <Detail value={task.details} />
      <Detail value={task.output} />
      {asRecords(task.sources).map((source) => (
        <SafeLink key={asText(source.url)} url={asText(source.url)}>
          {asText(source.text) || asText(source.url)}
        </SafeLink>
      ))}
    </div>
  )
}

export function Plan({ block }: { block: Json }) {
  return (
    <div class="plan">
      <p>
        <strong>{asText(block.title)}</strong>
      </p>
      {asRecords(block.tasks).map((task, at) => (
        <TaskCard key={asText(task.task_id) || at} task={task} />
      ))}
    </div>
  )
}
