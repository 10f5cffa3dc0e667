// A card of a message: drawn in place, and drawn anew in place when the bot changes it.
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../../shell/icon.tsx'
import { act } from '../../state/deeds.ts'
import { seat } from '../../state/seat.ts'
import { isJson } from '../read-activity.ts'
import './card.css'
import type { DrawnCard, PressedAction } from './draw-card.ts'
import { keepFocus } from './keep-focus.ts'

interface CardProps {
  chat: string
  id: string
  content: unknown
}

export function AdaptiveCardView({ chat, id, content }: CardProps) {
  const host = useRef<HTMLDivElement>(null)
  const pressing = useRef(false)
  const [fault, setFault] = useState('')
  const [unknown, setUnknown] = useState<readonly string[]>([])
  const [isBusy, setBusy] = useState(false)
  const told = JSON.stringify(content)

  async function press({ action, data }: PressedAction): Promise<void> {
    // A second press waits for the first; the button stays, since whoever pressed it by the keyboard stands on it.
    if (pressing.current) return
    pressing.current = true
    setBusy(true)
    await act({ do: 'teams-act', as: seat.peek().id, chat, id, action, data })
    setBusy(false)
    pressing.current = false
  }

  useEffect(() => {
    let drawn: DrawnCard | null = null
    let isGone = false
    import('./draw-card.ts')
      .then(({ drawCard }) => {
        const place = host.current
        if (isGone || !place) return
        const back = keepFocus(place)
        drawn = drawCard(content, press)
        place.replaceChildren(drawn.element)
        setFault('')
        setUnknown(drawn.unknown)
        back()
      })
      .catch((error: unknown) => {
        host.current?.replaceChildren()
        setFault(error instanceof Error ? error.message : 'It could not be drawn.')
      })
    return () => {
      isGone = true
      drawn?.destroy()
    }
  }, [told])

  return (
    <div class="t-card" aria-busy={isBusy}>
      <div ref={host} class="t-card-host" tabIndex={-1} hidden={fault !== ''} />
      {fault !== '' && <BrokenCard content={content} why={fault} />}
      {fault === '' && unknown.length > 0 && (
        <p class="t-card-note">This client does not know a part of this card: {unknown.join(', ')}.</p>
      )}
      {isBusy && (
        <p class="t-card-note" role="status">
          Working on it
        </p>
      )}
    </div>
  )
}

function BrokenCard({ content, why }: { content: unknown; why: string }) {
  const fallback = isJson(content) && typeof content.fallbackText === 'string' ? content.fallbackText : ''
  return (
    <div class="t-card-broken" role="note" aria-label="A card that cannot be shown">
      <p>
        <Icon name="warning" />
        <strong>This card cannot be shown.</strong> {why}
      </p>
      {fallback !== '' && <p>{fallback}</p>}
    </div>
  )
}
