// What tools other than the search said in one turn: the only source of the figures of an answer.
import type { Passage } from '../core/passage.ts'
import type { Saying } from '../core/reply.ts'

export interface Fact {
  tool: string
  /** `asked`: a request was stored, and nothing is changed yet. `shown`: the card of an earlier one. */
  how: 'told' | 'asked' | 'shown' | 'refused'
  /** True of tools that change something once people have approved it. */
  acts: boolean
  /** What the model read. */
  text: string
  /** The same for people; null where the tool has none. */
  says: Saying | null
  /** Id of the request whose card belongs into the thread. */
  approval: string | null
}

export interface FactBook {
  add(fact: Fact): void
  all(): readonly Fact[]
  /** The same in the form of pages, for whoever looks up what a sentence rests on. */
  pages(): readonly Passage[]
}

export function createFactBook(): FactBook {
  const facts: Fact[] = []
  const pages: Passage[] = []
  return {
    add(fact) {
      facts.push(fact)
      pages.push(toPage(fact))
    },
    all: () => facts,
    pages: () => pages,
  }
}

function toPage({ tool, text, says }: Fact): Passage {
  const page = { n: 0, chunk_id: tool, doc_id: tool, title: tool, url: '', heading_path: [], score: 0 }
  return { ...page, text: `${text}\n${says?.text ?? ''}` }
}
