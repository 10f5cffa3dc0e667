// A modal of the app: its inputs, what was refused, and how it ends.
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks'
import type { SlackModalView } from '../../words.ts'
import { Icon } from '../shell/icon.tsx'
import { act } from '../state/deeds.ts'
import { seat } from '../state/seat.ts'
import { slack } from '../state/store.ts'
import { Blocks } from './blocks/block.tsx'
import { findGaps, toFormValues } from './blocks/form-values.ts'
import { asRecords, type Json, textOf } from './blocks/read-json.ts'
import { createSurface, SurfaceContext } from './blocks/surface.ts'
import { useDialog } from './use-dialog.ts'

/** The top of this person's stack; one that is pushed lies over the others, which come back when it closes. */
export function TopModal() {
  const mine = slack.value.modals.filter(({ user }) => user === seat.value.slackUser)
  const top = mine.at(-1)
  return top ? <Modal key={top.id} modal={top} /> : null
}

function Modal({ modal }: { modal: SlackModalView }) {
  const { id, view, errors } = modal
  const title = useId()
  const dialog = useDialog('.dialog-body :is(input, textarea, select)')
  const [isSending, setSending] = useState(false)
  const blocks = asRecords(view.blocks)
  const held = useRef<readonly Json[]>(blocks)
  held.current = blocks
  const surface = useMemo(() => createSurface({ kind: 'modal', id }, () => held.current), [id])
  useEffect(() => {
    surface.errors.value = errors
  }, [surface, errors])

  const close = () => act({ do: 'slack-close', as: seat.value.id, modal: id })

  async function submit() {
    const state = toFormValues(blocks, surface.changes.value)
    const gaps = findGaps(blocks, state)
    surface.errors.value = gaps
    if (Object.keys(gaps).length > 0) {
      requestAnimationFrame(() => dialog.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
      return
    }
    setSending(true)
    await act({ do: 'slack-submit', as: seat.value.id, modal: id, state })
    setSending(false)
  }

  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault()
        close()
      }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <header>
          <h2 id={title}>{textOf(view.title)}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        <div class="dialog-body">
          <SurfaceContext.Provider value={surface}>
            <Blocks blocks={blocks} />
          </SurfaceContext.Provider>
        </div>
        <footer>
          <span class="dialog-by">{slack.value.botName}</span>
          <button type="button" class="block-button" onClick={close}>
            {textOf(view.close) || 'Cancel'}
          </button>
          {view.submit ? (
            <button type="submit" class="block-button block-button-primary" aria-busy={isSending} disabled={isSending}>
              {textOf(view.submit)}
            </button>
          ) : null}
        </footer>
      </form>
    </dialog>
  )
}
