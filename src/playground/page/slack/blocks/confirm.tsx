// The question that is asked before a click counts.
import { useId } from 'preact/hooks'
import { useDialog } from '../use-dialog.ts'
import { asRecord, textOf } from './read-json.ts'
import { TextObject } from './text-object.tsx'

export function Confirm({ confirm, onAnswer }: { confirm: unknown; onAnswer: (isYes: boolean) => void }) {
  const dialog = useDialog()
  const title = useId()
  const { title: head, text, confirm: yes, deny: no, style } = asRecord(confirm)
  return (
    <dialog
      ref={dialog}
      class="dialog dialog-small"
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault()
        onAnswer(false)
      }}
    >
      <h2 id={title}>{textOf(head) || 'Are you sure?'}</h2>
      <div class="dialog-body">
        <TextObject value={text} />
      </div>
      <footer>
        <button type="button" class="block-button" onClick={() => onAnswer(false)}>
          {textOf(no) || 'Cancel'}
        </button>
        <button
          type="button"
          class={`block-button block-button-${style === 'danger' ? 'danger' : 'primary'}`}
          onClick={() => onAnswer(true)}
        >
          {textOf(yes) || 'Yes'}
        </button>
      </footer>
    </dialog>
  )
}
