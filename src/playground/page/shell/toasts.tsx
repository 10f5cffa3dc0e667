// Toasts over the page, read aloud when they come.
import { dropToast, toasts } from '../state/toasts.ts'
import { Icon } from './icon.tsx'

export function Toasts() {
  return (
    <div class="toasts" role="alert" aria-live="assertive">
      {toasts.value.map(({ id, text, tone }) => (
        <div key={id} class={`toast toast-${tone}`}>
          <Icon name={tone === 'error' ? 'warning' : 'check'} />
          <p>{text}</p>
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dropToast(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  )
}
