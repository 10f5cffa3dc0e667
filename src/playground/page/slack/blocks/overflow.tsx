// The menu behind three dots.
import { useContext } from 'preact/hooks'
import { Menu } from '../menu.tsx'
import type { ElementProps } from './button.tsx'
import { asRecords, asText, textOf } from './read-json.ts'
import { press, SurfaceContext } from './surface.ts'
import { toPlain } from './text-object.tsx'

export function Overflow({ element, blockId, actionId }: ElementProps) {
  const surface = useContext(SurfaceContext)
  const items = asRecords(element.options).map((option) => ({
    id: asText(option.value),
    label: toPlain(textOf(option.text)),
    about: textOf(option.description),
  }))
  return <Menu label="More" items={items} onPick={(id) => press(surface, blockId, actionId, element, id)} />
}
