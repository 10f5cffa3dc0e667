// Opens a dialog over everything, and gives the focus back to where it was once the dialog is gone.
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** `first`: selector of what has the focus at the beginning; without one the browser chooses. */
export function useDialog(first = ''): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    const before = document.activeElement
    element?.showModal()
    if (first !== '') element?.querySelector<HTMLElement>(first)?.focus()
    return () => {
      // Nothing outside can have the focus while it is open.
      element?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [first])
  return dialog
}
