// A rich_text block: sections, lists, quotes and preformatted parts.
import type { ComponentChild } from 'preact'
import { formatSlackDate } from '../markup/date-words.ts'
import { toEmoji } from '../markup/emoji.ts'
import { ChannelMention, UserMention } from '../markup/mrkdwn-view.tsx'
import { SafeLink } from '../markup/safe-link.tsx'
import { asRecord, asRecords, asText, type Json } from './read-json.ts'

function styled(words: ComponentChild, style: Json): ComponentChild {
  let drawn = words
  if (style.code === true) drawn = <code>{drawn}</code>
  if (style.bold === true) drawn = <strong>{drawn}</strong>
  if (style.italic === true) drawn = <em>{drawn}</em>
  if (style.strike === true) drawn = <s>{drawn}</s>
  if (style.underline === true) drawn = <u>{drawn}</u>
  return drawn
}

function drawWord(element: Json): ComponentChild {
  const words = asText(element.text)
  const style = asRecord(element.style)
  switch (element.type) {
    case 'text':
      return styled(words, style)
    case 'link':
      return styled(<SafeLink url={asText(element.url)}>{words || asText(element.url)}</SafeLink>, style)
    case 'user':
      return <UserMention id={asText(element.user_id)} />
    case 'channel':
      return <ChannelMention id={asText(element.channel_id)} />
    case 'emoji':
      return toEmoji(asText(element.name))
    case 'broadcast':
      return <span class="mention">@{asText(element.range)}</span>
    case 'date':
      return formatSlackDate(Number(element.timestamp), asText(element.format)) || asText(element.fallback)
    default:
      return words
  }
}

function Words({ of }: { of: Json }) {
  return (
    <>
      {asRecords(of.elements).map((element, at) => (
        <span key={at}>{drawWord(element)}</span>
      ))}
    </>
  )
}

function Part({ part }: { part: Json }) {
  switch (part.type) {
    case 'rich_text_preformatted':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
        <pre tabIndex={0}>
          {asRecords(part.elements)
            .map(({ text, url }) => asText(text) || asText(url))
            .join('')}
        </pre>
      )
    case 'rich_text_quote':
      return (
        <blockquote class="lines">
          <Words of={part} />
        </blockquote>
      )
    case 'rich_text_list': {
      const items = asRecords(part.elements).map((item, at) => (
        <li key={at}>
          <Words of={item} />
        </li>
      ))
      const depth = `depth-${Math.min(Number(part.indent ?? 0) || 0, 5)}`
      return part.style === 'ordered' ? <ol class={depth}>{items}</ol> : <ul class={depth}>{items}</ul>
    }
    default:
      return (
        <p class="lines">
          <Words of={part} />
        </p>
      )
  }
}

export function RichText({ block }: { block: Json }) {
  return (
    <div class="words">
      {asRecords(block.elements).map((part, at) => (
        <Part key={at} part={part} />
      ))}
    </div>
  )
}
