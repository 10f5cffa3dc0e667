// Documents whose texts different programs easily cut differently.
import type { WholeDocument } from '../../../src/rag/lakehouse/chunk-table.ts'

const FAMILY = '👩‍👩‍👧‍👦'
const COMBINING = 'e\u0301'

const TEXTS: Readonly<Record<string, string>> = {
  empty: '',
  'one-letter': 'x',
  'one-emoji': '🙂',
  blanks: ' \t\n\u00a0\u2003\u3000\ufeff\u000b ',
  'one-window': 'a'.repeat(512),
  'one-more': `${'a'.repeat(512)}b`,
  'one-less': 'a'.repeat(511),
  'to-the-overlap': 'a'.repeat(512 + 448),
  'over-the-overlap': 'a'.repeat(512 + 449),
  emoji: '🙂😀'.repeat(400),
  family: `${FAMILY} `.repeat(200),
  combining: COMBINING.repeat(700),
  'right-to-left': 'שלום עולם مرحبا بالعالم '.repeat(60),
  chinese: '如何重置密码？请打开设置。'.repeat(120),
  'line-ends': 'First line\r\nSecond line\r\n\r\n\tThird\n'.repeat(40),
  'blank-window': `begin${' '.repeat(1_400)}end`,
  'only-late': `${'\n'.repeat(900)}late`,
  quotes: `It's "quoted" \\ with \\n and 'more', {"a": [1, null]} \u2028 NULL `.repeat(25),
  'astral-at-edge': `${'a'.repeat(511)}🙂${'b'.repeat(447)}🙂c`,
  "o'dd ключ 🗝️": 'The id itself is odd.',
  long: Array.from({ length: 700 }, (_, i) => `Sentence ${i} tells of ${i * 7}.`).join(' '),
}

export const ODD_DOCUMENTS: readonly WholeDocument[] = Object.entries(TEXTS).map(([doc_id, content], i) => ({
  doc_id,
  title: i % 4 === 0 ? '' : `Page ${doc_id}`,
  url: i % 3 === 0 ? '' : `https://docs.example.com/${i}`,
  doc_type: i % 2 === 0 ? 'guide' : 'faq',
  last_updated: `2026-01-${String(i + 1).padStart(2, '0')}`,
  content,
}))
