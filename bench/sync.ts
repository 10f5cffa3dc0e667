// Seconds to ingest many pages into the local index, then to follow one changed and one deleted page.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { silentLog } from '../src/core/log.ts'
import { createOfflineEmbeddings } from '../src/platform/local/embeddings/offline-embeddings.ts'
import { createLocalIndex } from '../src/platform/local/index/local-index.ts'
import { EMBEDDING_BATCH, type TextEmbeddings } from '../src/platform/ports/models.ts'
import { type SyncReport, syncSource } from '../src/rag/sync.ts'
import { describeMachine } from './lib/machine.ts'
import { createSeededRandom, type SeededRandom } from './lib/seeded-random.ts'
import { toTable } from './lib/table.ts'

const SEED = 2026
const VOCABULARY = 3_000
const PAGES_A_FOLDER = 100
/** Inputs that the floor embeds: the very texts the index gave the model, taken evenly from the whole run. */
const SAMPLE = 450
const SYLLABLES =
  'ac al an ar be con de di en er ex fi gen in ju ka lo ma ne or per qua re se ta un ver wi yo zu'.split(' ')

function createVocabulary(random: SeededRandom): string[] {
  const pick = () => SYLLABLES[Math.floor(random.next() * SYLLABLES.length)] ?? ''
  return Array.from({ length: VOCABULARY }, () =>
    Array.from({ length: 1 + Math.floor(random.next() * 3) }, pick).join(''),
  )
}

/** One page of 150 to 250 words: front matter, an introduction, steps, a table or a code block, a note. */
function createPage(random: SeededRandom, vocabulary: readonly string[], at: number): string {
  const word = () => vocabulary[Math.floor(VOCABULARY ** random.next())] ?? 'word'
  const some = (count: number) => Array.from({ length: count }, word).join(' ')
  const sentence = (count: number) => `${some(count).replace(/^./, (first) => first.toUpperCase())}.`
  const prose = (sentences: number) =>
    Array.from({ length: sentences }, () => sentence(8 + Math.floor(random.next() * 8))).join(' ')
  const rows = () => Array.from({ length: 4 }, () => `| ${word()} | ${some(5)} |`).join('\n')
  const detail =
    at % 2 === 0
      ? `| Name | Meaning |\n|---|---|\n${rows()}`
      : `\`\`\`sh\n${word()} --${word()} ${at}\n${word()} ${word()}\n\`\`\``
  return [
    `---\ntitle: ${sentence(4).slice(0, -1)} ${at}\nlast_updated: 2026-01-${String(1 + (at % 28)).padStart(2, '0')}\n---`,
    `# ${sentence(4).slice(0, -1)} ${at}`,
    prose(3 + Math.floor(random.next() * 3)),
    `## ${sentence(3).slice(0, -1)}`,
    Array.from({ length: 4 }, (_, step) => `${step + 1}. ${sentence(9)}`).join('\n'),
    detail,
    `## ${sentence(2).slice(0, -1)}`,
    prose(3 + Math.floor(random.next() * 2)),
  ].join('\n\n')
}

function writePages(folder: string, count: number): string {
  const random = createSeededRandom(SEED)
  const vocabulary = createVocabulary(random)
  for (let at = 0; at < count; at++) {
    const part = path.join(folder, `part-${Math.floor(at / PAGES_A_FOLDER)}`)
    if (at % PAGES_A_FOLDER === 0) mkdirSync(part)
    writeFileSync(path.join(part, `page-${at}.md`), createPage(random, vocabulary, at))
  }
  return path.join(folder, 'part-0', 'page-0.md')
}

/** Passes everything through, keeps every so-manieth text for the floor, and counts the seconds the model took. */
function keepSample(embeddings: TextEmbeddings, every: number) {
  const sample: string[] = []
  const model = { seconds: 0 }
  let seen = 0
  const embedDocuments = async (texts: string[]) => {
    for (const text of texts) if (seen++ % every === 0 && sample.length < SAMPLE) sample.push(text)
    const started = performance.now()
    const vectors = await embeddings.embedDocuments(texts)
    model.seconds += (performance.now() - started) / 1000
    return vectors
  }
  const { name, dimension } = embeddings
  const wrapped: TextEmbeddings = { name, dimension, embedDocuments, embedQuery: (text) => embeddings.embedQuery(text) }
  return { sample, model, embeddings: wrapped }
}

/** Texts per second of the model alone. */
async function measureFloor(embeddings: TextEmbeddings, texts: readonly string[]): Promise<number> {
  const started = performance.now()
  for (let at = 0; at < texts.length; at += EMBEDDING_BATCH) {
    await embeddings.embedDocuments(texts.slice(at, at + EMBEDDING_BATCH))
  }
  return texts.length / ((performance.now() - started) / 1000)
}

function toRow(name: string, report: SyncReport): string[] {
  const { seconds, chunks, embedded, added, changed, removed, unchanged } = report
  const pages = `${added} / ${changed} / ${removed} / ${unchanged}`
  return [name, seconds.toFixed(2), pages, String(chunks), String(embedded)]
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { pages: { type: 'string', default: '10000' } } })
  const count = Number(values.pages)
  if (!Number.isInteger(count) || count < 2) throw new RangeError('--pages takes a whole number from 2 on.')
  const scratch = mkdtempSync(path.join(tmpdir(), 'lakedesk-bench-sync-'))
  const docs = path.join(scratch, 'docs')
  mkdirSync(docs)
  const model = createOfflineEmbeddings({ cacheFolder: path.join(tmpdir(), 'lakedesk-bench-models') })
  const { embeddings, sample, model: used } = keepSample(model, Math.max(1, Math.floor((2 * count) / SAMPLE)))
  const index = createLocalIndex({ file: path.join(scratch, 'index.db'), embeddings, log: silentLog })
  try {
    const page = writePages(docs, count)
    await embeddings.embedQuery('warm up')
    const sync = () => syncSource({ index, paths: [docs] })
    console.log(
      `${describeMachine()}\nData: ${count} generated pages of 150 to 250 words (seed ${SEED}), ${embeddings.name}\n`,
    )
    const first = await sync()
    const share = used.seconds / first.seconds
    const floor = await measureFloor(model, sample)
    const same = await sync()
    writeFileSync(page, `# A changed page\n\nOnly this page says xylophone maintenance now.\n`)
    const changed = await sync()
    rmSync(page)
    const deleted = await sync()
    const rows = [
      toRow('all pages', first),
      toRow('nothing changed', same),
      toRow('one page changed', changed),
      toRow('one page deleted', deleted),
    ]
    console.log(
      toTable(['sync', 'seconds', 'added / changed / removed / unchanged', 'chunks written', 'embedded'], rows),
    )
    const speed = first.chunks / first.seconds
    console.log(
      `\n${(count / first.seconds).toFixed(1)} pages/s, ${speed.toFixed(1)} chunks/s; the model alone: ${floor.toFixed(1)} texts/s on ${sample.length} of the same texts; ratio ${(speed / floor).toFixed(2)}; the model took ${(share * 100).toFixed(0)}% of the first sync`,
    )
  } finally {
    await index.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}

await main()
