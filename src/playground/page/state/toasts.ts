// Short notes over the page: what could not be done, and why.
import { signal } from '@preact/signals'

export interface Toast {
  id: number
  text: string
  tone: 'error' | 'note'
}

const SHOWN_MS = 8_000
let last = 0

export const toasts = signal<readonly Toast[]>([])

export function dropToast(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

/** Shown for some seconds, at most three at once; the same words are not shown twice. */
export function showToast(text: string, tone: Toast['tone'] = 'error'): void {
  last += 1
  const id = last
  toasts.value = [...toasts.value.filter((toast) => toast.text !== text), { id, text, tone }].slice(-3)
  setTimeout(() => dropToast(id), SHOWN_MS)
}
