// How the page is laid out now: theme, the open panel, and the pane that a narrow screen shows.
import { computed, effect, signal } from '@preact/signals'
import { kept } from './kept.ts'

export type Theme = 'system' | 'light' | 'dark'
/** What a screen under 900 px shows; wider ones show both clients, and the panel beside them. */
export type Pane = 'slack' | 'teams' | 'panel'
export type Panel = 'none' | 'wire' | 'faults'

function isOneOf<T extends string>(...all: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => all.some((one) => one === value)
}

export const theme = kept<Theme>('browser', 'theme', 'system', isOneOf('system', 'light', 'dark'))
export const panel = kept<Panel>('tab', 'panel', 'none', isOneOf('none', 'wire', 'faults'))
export const pane = kept<Pane>('tab', 'pane', 'slack', isOneOf('slack', 'teams', 'panel'))

const dark = globalThis.matchMedia?.('(prefers-color-scheme: dark)')
const systemDark = signal(dark?.matches ?? false)
dark?.addEventListener('change', ({ matches }) => {
  systemDark.value = matches
})

/** True where the page is dark now, by choice or by the system. For parts that cannot take colours from CSS. */
export const isDark = computed(() => (theme.value === 'system' ? systemDark.value : theme.value === 'dark'))

/** Opens a panel, or closes it where it is open. */
export function togglePanel(which: Exclude<Panel, 'none'>): void {
  panel.value = panel.value === which ? 'none' : which
  pane.value = panel.value === 'none' ? 'slack' : 'panel'
}

export function closePanel(): void {
  panel.value = 'none'
  if (pane.value === 'panel') pane.value = 'slack'
}

effect(() => {
  if (typeof document !== 'undefined') document.documentElement.dataset.theme = theme.value
})
