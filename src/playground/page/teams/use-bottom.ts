// Keeps a scrolled box at its end while things are added, unless the person has scrolled away from it.
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/** Pixels from the end that still count as the end. */
const NEAR = 80

export interface Bottom {
  box: RefObject<HTMLDivElement | null>
  content: RefObject<HTMLDivElement | null>
}

/** `place`: another place begins at its end again. `sent`: so does a message of one's own. */
export function useBottom(place: string, sent: number): Bottom {
  const box = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const [outer, inner] = [box.current, content.current]
    if (!outer || !inner) return
    let isNear = place !== '' || sent > 0
    const toEnd = () => {
      if (isNear) outer.scrollTop = outer.scrollHeight
    }
    let [top, height] = [outer.scrollTop, outer.scrollHeight]
    const onScroll = () => {
      const atEnd = outer.scrollHeight - outer.scrollTop - outer.clientHeight < NEAR
      // Only a person moves up in a box that did not grow: what is added scrolls by itself.
      if (atEnd) isNear = true
      else if (outer.scrollTop < top && outer.scrollHeight === height) isNear = false
      ;[top, height] = [outer.scrollTop, outer.scrollHeight]
    }
    const watcher = new ResizeObserver(toEnd)
    watcher.observe(inner)
    watcher.observe(outer)
    outer.addEventListener('scroll', onScroll, { passive: true })
    toEnd()
    return () => {
      watcher.disconnect()
      outer.removeEventListener('scroll', onScroll)
    }
  }, [place, sent])
  return { box, content }
}
