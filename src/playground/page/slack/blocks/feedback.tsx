// The thumbs under an answer.
import { useContext, useState } from 'preact/hooks'
import { Icon } from '../../shell/icon.tsx'
import type { ElementProps } from './button.tsx'
import { asRecord, asText, textOf } from './read-json.ts'
import { press, SurfaceContext } from './surface.ts'

export function FeedbackButtons({ element, blockId, actionId }: ElementProps) {
  const surface = useContext(SurfaceContext)
  const [given, setGiven] = useState<'positive' | 'negative' | null>(null)
  const thumb = (which: 'positive' | 'negative') => {
    const option = asRecord(element[`${which}_button`])
    const label = asText(option.accessibility_label) || textOf(option.text)
    return (
      <button
        type="button"
        class="thumb"
        aria-label={label}
        aria-pressed={given === which}
        title={textOf(option.text)}
        onClick={() => {
          setGiven(which)
          press(surface, blockId, actionId, element, which)
        }}
      >
        <Icon name="thumb" flip={which === 'negative'} />
      </button>
    )
  }
  return (
    <fieldset class="thumbs">
      <legend class="hidden-words">Was this helpful?</legend>
      {thumb('positive')}
      {thumb('negative')}
    </fieldset>
  )
}
