// The words of a message, with marks that open what they cite.
import { useId, useMemo, useRef, useState } from 'preact/hooks'
import type { TeamsMessageView } from '../../words.ts'
import { Icon } from '../shell/icon.tsx'
import { markCitations, toHtml, toPlainHtml } from './markdown.ts'
import { type Citation, hasOwnWords } from './read-activity.ts'

interface TextProps {
  message: TeamsMessageView
  citations: readonly Citation[]
}

export function MessageText({ message, citations }: TextProps) {
  const [open, setOpen] = useState<{ citation: Citation; mark: HTMLElement } | null>(null)
  const names = JSON.stringify(citations.map(({ n, name }) => [n, name]))
  const html = useMemo(() => {
    // Beside a card the words are those of its notification.
    if (message.from === 'bot' && !hasOwnWords(message.activity)) return ''
    if (message.from !== 'bot') return toPlainHtml(toSaid(message))
    return markCitations(toHtml(message.text), new Map(citations.map(({ n, name }) => [n, name])))
  }, [message.text, message.from, message.activity, names])
  if (html === '') return null

  function press(event: MouseEvent): void {
    const mark = event.target instanceof Element ? event.target.closest<HTMLElement>('.t-cite') : null
    const citation = citations.find(({ n }) => String(n) === mark?.dataset.cite)
    if (mark && citation) setOpen(open?.mark === mark ? null : { citation, mark })
  }

  return (
    <div class="t-message-text">
      {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: its marks are buttons, which hear both by themselves. */}
      <div class="t-prose" onClick={press} dangerouslySetInnerHTML={{ __html: html }} />
      {open && (
        <CitationCard
          citation={open.citation}
          mark={open.mark}
          onClose={() => {
            open.mark.focus()
            setOpen(null)
          }}
        />
      )}
      {citations.length > 0 && <Sources citations={citations} />}
    </div>
  )
}

/** The activity holds the mention too. */
function toSaid({ activity, text }: TeamsMessageView): string {
  return typeof activity.text === 'string' && activity.text.includes('<at>') ? activity.text : text
}

function CitationCard({ citation, mark, onClose }: { citation: Citation; mark: HTMLElement; onClose: () => void }) {
  const title = useId()
  const card = useRef<HTMLDivElement>(null)
  const top = mark.offsetTop + mark.offsetHeight + 6
  return (
    <div
      ref={(element) => {
        if (element && card.current !== element) element.querySelector<HTMLElement>('button')?.focus()
        card.current = element
      }}
      class="t-citation-card"
      role="dialog"
      aria-labelledby={title}
      style={{ top: `${top}px` }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <header>
        <span class="t-cite-number">{citation.n}</span>
        <strong id={title}>{citation.name}</strong>
        <button type="button" class="icon-button" aria-label="Close the source" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <p>{citation.abstract}</p>
      {citation.url && (
        <a href={citation.url} target="_blank" rel="noopener noreferrer">
          Open the page
        </a>
      )}
    </div>
  )
}

/** Passages of one page stand together. */
function Sources({ citations }: { citations: readonly Citation[] }) {
  const names = [...new Set(citations.map(({ name }) => name))]
  return (
    <ul class="t-sources" aria-label="Sources">
      {names.map((name) => (
        <li key={name}>
          <span class="t-source-name" title={name}>
            {name}
          </span>
          {citations
            .filter((citation) => citation.name === name)
            .map(({ n, url, abstract }) =>
              url ? (
                <a
                  key={n}
                  class="t-cite-number"
                  href={url}
                  target="_blank"
                  rel="noopener noreferrer"
                  title={abstract}
                  aria-label={`Open source ${n}: ${name}`}
                >
                  {n}
                </a>
              ) : (
                <span key={n} class="t-cite-number" title={abstract}>
                  {n}
                </span>
              ),
            )}
        </li>
      ))}
    </ul>
  )
}
