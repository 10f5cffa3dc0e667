// Keeps a scrolled box at its end while things are added, unless the person has scrolled away from it.
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/** Pixels from the end that still count as the end. */
const NEAR = 80

export interface Bottom {
  box: RefObject<HTMLDivElement | null>
  content: RefObject<HTMLDivElement | null>
}

/** `place`: another place begins at its end again. */
export function useBottom(place: string): Bottom {
  const box = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const [outer, inner] = [box.current, content.current]
    if (!outer || !inner) return
    let isNear = place !== ''
    const toEnd = () => {
      if (isNear) outer.scrollTop = outer.scrollHeight
    }
    const onScroll = () => {
      isNear = outer.scrollHeight - outer.scrollTop - outer.clientHeight < NEAR
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
  }, [place])
  return { box, content }
}
