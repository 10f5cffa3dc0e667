// A button of a block: styles, links, and the question that some ask first.
import { useContext, useState } from 'preact/hooks'
import { Icon } from '../../shell/icon.tsx'
import { toSafeUrl } from '../markup/safe-link.tsx'
import { Confirm } from './confirm.tsx'
import { asText, type Json, textOf } from './read-json.ts'
import { press, SurfaceContext } from './surface.ts'
import { toPlain } from './text-object.tsx'

export interface ElementProps {
  element: Json
  blockId: string
  actionId: string
}

export function BlockButton({ element, blockId, actionId }: ElementProps) {
  const surface = useContext(SurfaceContext)
  const [isAsking, setAsking] = useState(false)
  const label = toPlain(textOf(element.text))
  const url = toSafeUrl(asText(element.url))
  const isBusy = surface.busy.value.has(`${blockId}:${actionId}`)
  const style = element.style === 'primary' || element.style === 'danger' ? element.style : 'plain'

  function go() {
    if (url !== null) globalThis.open(url, '_blank', 'noopener,noreferrer')
    press(surface, blockId, actionId, element, asText(element.value))
  }

  return (
    <>
      <button
        type="button"
        class={`block-button block-button-${style}`}
        aria-label={asText(element.accessibility_label) || undefined}
        aria-busy={isBusy}
        onClick={() => (element.confirm ? setAsking(true) : go())}
      >
        {label}
        {url !== null && <Icon name="download" />}
      </button>
      {isAsking && (
        <Confirm
          confirm={element.confirm}
          onAnswer={(isYes) => {
            setAsking(false)
            if (isYes) go()
          }}
        />
      )}
    </>
  )
}
