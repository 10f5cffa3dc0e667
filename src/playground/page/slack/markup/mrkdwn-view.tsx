// Draws mrkdwn: marks become elements, and text stays text.
import type { ComponentChild } from 'preact'
import { useMemo } from 'preact/hooks'
import { slackName } from '../../state/seat.ts'
import { slack } from '../../state/store.ts'
import { formatSlackDate, toWhole } from './date-words.ts'
import { toEmoji } from './emoji.ts'
import { type Mark, type MarkBlock, readMarks, readMrkdwn } from './mrkdwn.ts'
import { SafeLink } from './safe-link.tsx'

export function UserMention({ id, label = '' }: { id: string; label?: string }) {
  return <span class="mention">@{label || slackName(id)}</span>
}

export function ChannelMention({ id, label = '' }: { id: string; label?: string }) {
  const name = label || slack.value.channels.find((channel) => channel.id === id)?.name || id
  return <span class="mention">#{name}</span>
}

function drawMark(mark: Mark, key: number): ComponentChild {
  switch (mark.kind) {
    case 'text':
      return mark.text
    case 'bold':
      return <strong key={key}>{mark.inside.map(drawMark)}</strong>
    case 'italic':
      return <em key={key}>{mark.inside.map(drawMark)}</em>
    case 'strike':
      return <s key={key}>{mark.inside.map(drawMark)}</s>
    case 'code':
      return <code key={key}>{mark.text}</code>
    case 'link':
      return (
        <SafeLink key={key} url={mark.url}>
          {mark.label}
        </SafeLink>
      )
    case 'user':
      return <UserMention key={key} id={mark.id} label={mark.label} />
    case 'channel':
      return <ChannelMention key={key} id={mark.id} label={mark.label} />
    case 'special':
      return (
        <span key={key} class="mention">
          {mark.text}
        </span>
      )
    case 'date':
      return (
        <time key={key} title={toWhole(new Date(mark.seconds * 1_000))}>
          {formatSlackDate(mark.seconds, mark.form) || mark.fallback}
        </time>
      )
    case 'emoji':
      return toEmoji(mark.name)
  }
}

function drawBlock(block: MarkBlock, key: number): ComponentChild {
  if (block.kind === 'pre') {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
      <pre key={key} tabIndex={0}>
        {block.text}
      </pre>
    )
  }
  const inside = block.marks.map(drawMark)
  if (block.kind === 'quote') return <blockquote key={key}>{inside}</blockquote>
  return (
    <p key={key} class="lines">
      {inside}
    </p>
  )
}

/** A whole text with its quotes and preformatted parts. */
export function Mrkdwn({ text }: { text: string }) {
  const blocks = useMemo(() => readMrkdwn(text), [text])
  return <div class="words">{blocks.map(drawBlock)}</div>
}

/** A run of words within a line. */
export function MrkdwnLine({ text }: { text: string }) {
  const marks = useMemo(() => readMarks(text), [text])
  return <span class="lines">{marks.map(drawMark)}</span>
}
