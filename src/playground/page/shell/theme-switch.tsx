// The switch of the theme: as the system has it, light, dark.
import { type Theme, theme } from '../state/layout.ts'
import { Icon } from './icon.tsx'

const NEXT = { system: 'light', light: 'dark', dark: 'system' } as const satisfies Record<Theme, Theme>
const WORDS = { system: 'as the system has it', light: 'light', dark: 'dark' } as const
const ICONS = { system: 'screen', light: 'sun', dark: 'moon' } as const

export function ThemeSwitch() {
  const now = theme.value
  return (
    <button
      type="button"
      class="tool-button tool-square"
      aria-label={`Theme: ${WORDS[now]}. Change to ${WORDS[NEXT[now]]}`}
      title={`Theme: ${WORDS[now]}`}
      onClick={() => {
        theme.value = NEXT[now]
      }}
    >
      <Icon name={ICONS[now]} />
    </button>
  )
}
