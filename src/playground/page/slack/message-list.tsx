// A list of messages: days apart, the newest in sight, of a long one only its end until more is asked for.
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { SlackMessageView } from '../../words.ts'
import { seat } from '../state/seat.ts'
import { slackMessages } from '../state/store.ts'
import { toDate, toDayWords } from './markup/date-words.ts'
import { Message } from './message.tsx'
import { moveFocus } from './move-focus.ts'

/** Messages drawn at first, and more with each look further back. */
const PAGE = 80
/** Seconds after which a message of the same person has a head of its own. */
const FOLLOWS_WITHIN = 300
/** Pixels from the end within which the list stays at its end. */
const NEAR_END = 90

export function isMine({ onlyTo }: SlackMessageView): boolean {
  return onlyTo === undefined || onlyTo === seat.value.slackUser
}

function follows(before: SlackMessageView | null, message: SlackMessageView): boolean {
  if (!before || before.user !== message.user || before.bot !== message.bot) return false
  if (before.onlyTo !== message.onlyTo || before.files.length > 0) return false
  return Number(message.ts) - Number(before.ts) < FOLLOWS_WITHIN
}

/** Scrolled to its end, and kept there while what is in it grows; a person who scrolled back is left where they are. */
export function Scroller({ label, children }: { label: string; children: ComponentChildren }) {
  const frame = useRef<HTMLElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const sticks = useRef(true)
  const last = useRef({ top: 0, height: 0 })
  const [isBack, setBack] = useState(false)

  function toEnd() {
    const element = frame.current
    if (element) element.scrollTop = element.scrollHeight
  }

  useLayoutEffect(() => {
    const inner = content.current
    if (!inner) return
    toEnd()
    const watch = new ResizeObserver(() => {
      if (sticks.current) toEnd()
    })
    watch.observe(inner)
    return () => watch.disconnect()
  }, [])

  return (
    <div class="scroller">
      <section
        ref={frame}
        class="scroll"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable.
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop: top, scrollHeight: height, clientHeight } }) => {
          // Only a person moves up in a list that did not grow: pictures that arrive scroll by themselves.
          if (height - top - clientHeight < NEAR_END) sticks.current = true
          else if (top < last.current.top && height === last.current.height) sticks.current = false
          last.current = { top, height }
          setBack(!sticks.current)
        }}
        onKeyDown={(event) => moveFocus(event, '[data-entry]')}
      >
        <div ref={content} class="scroll-content">
          {children}
        </div>
      </section>
      {isBack && (
        <button type="button" class="to-end" onClick={toEnd}>
          To the newest
        </button>
      )}
    </div>
  )
}

interface ListProps {
  keys: readonly string[]
  at: 'list' | 'thread' | 'agent'
  /** Days are named where a conversation goes over several. */
  days?: boolean
}

export function MessageList({ keys, at, days = false }: ListProps) {
  const [most, setMost] = useState(PAGE)
  const mine = keys.filter((key) => {
    const message = slackMessages.get(key).peek()
    return message !== null && isMine(message)
  })
  const shown = mine.slice(-most)
  const hidden = mine.length - shown.length
  let before: SlackMessageView | null = null
  return (
    <>
      {hidden > 0 && <Earlier count={Math.min(hidden, PAGE)} onMore={() => setMost(most + PAGE)} />}
      {shown.map((key, place) => {
        const message = slackMessages.get(key).peek()
        if (!message) return null
        const day = toDayWords(toDate(message.ts))
        const isNewDay = days && (before === null || toDayWords(toDate(before.ts)) !== day)
        const isFollowing = !isNewDay && follows(before, message)
        before = message
        return [
          isNewDay && (
            <h3 key={`day-${key}`} class="day">
              <span>{day}</span>
            </h3>
          ),
          <Message key={key} id={key} at={at} follows={isFollowing} isStop={place === shown.length - 1} />,
        ]
      })}
    </>
  )
}

/** More of the past: by the button, or by coming near it. */
function Earlier({ count, onMore }: { count: number; onMore: () => void }) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    const element = button.current
    if (!element) return
    const watch = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting && (element.closest('.scroll')?.scrollTop ?? 0) > 0) onMore()
    })
    watch.observe(element)
    return () => watch.disconnect()
  }, [onMore])
  return (
    <button ref={button} type="button" class="earlier" onClick={onMore}>
      Show {count} earlier {count === 1 ? 'message' : 'messages'}
    </button>
  )
}
