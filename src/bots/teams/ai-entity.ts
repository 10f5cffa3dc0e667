// Writes the one entity that marks a message as AI-generated and carries its citations.
import type { Citation } from '../../core/passage.ts'
import { dropOverrides } from '../../core/text/drop-overrides.ts'

/** Limits of Microsoft's "Bot messages with AI-generated content". Over 20 citations the whole message is refused. */
const MAX_CITATIONS = 20
const MAX_NAME = 80
const MAX_ABSTRACT = 160

function clip(text: string, limit: number): string {
  const flat = dropOverrides(text).replace(/\s+/g, ' ').trim()
  if (flat.length <= limit) return flat
  const cut = flat.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')
  return `${cut.trimEnd()}…`
}

function webUrl(url: string): string | null {
  return /^https?:\/\//i.test(url) && URL.canParse(url) ? url : null
}

/** Markup of the documentation has no place in a pop-up that shows plain text. */
function toWords(passage: string): string {
  return passage
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s{0,3}#{1,6}\s+/gm, '')
    .replace(/[*_`|]/g, '')
}

function renderCitation(citation: Citation): Record<string, unknown> {
  const url = webUrl(citation.url)
  return {
    '@type': 'Claim',
    position: citation.n,
    appearance: {
      '@type': 'DigitalDocument',
      name: clip(citation.title, MAX_NAME) || `Source ${citation.n}`,
      abstract: clip(toWords(citation.passage), MAX_ABSTRACT) || clip(citation.title, MAX_ABSTRACT) || 'No preview.',
      ...(url ? { url } : {}),
    },
  }
}

/** Only citations whose number stands in `text`, each once, in the order of their numbers. */
export function renderAiEntity(text: string, citations: readonly Citation[]): Record<string, unknown> {
  const used = new Map<number, Citation>()
  for (const citation of citations) {
    if (!used.has(citation.n) && text.includes(`[${citation.n}]`)) used.set(citation.n, citation)
  }
  const shown = [...used.values()].sort((a, b) => a.n - b.n).slice(0, MAX_CITATIONS)
  return {
    type: 'https://schema.org/Message',
    '@type': 'Message',
    '@context': 'https://schema.org',
    '@id': '',
    additionalType: ['AIGeneratedContent'],
    ...(shown.length > 0 ? { citation: shown.map(renderCitation) } : {}),
  }
}
