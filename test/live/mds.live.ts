// The shards that Lakedesk writes, read back by the real mosaicml-streaming.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TrainingFile } from '../../src/platform/ports/training.ts'
import type { Example } from '../../src/training/example.ts'
import { toRow } from '../../src/training/example.ts'
import { writeExamples } from '../../src/training/write-examples.ts'
import { writeMds } from '../../src/training/write-mds.ts'
import { installMds } from './install-mds.ts'
import { runProgram } from './run-program.ts'

const installed = await installMds()
const program = join(dirname(fileURLToPath(import.meta.url)), 'read_mds.py')
const root = mkdtempSync(join(tmpdir(), 'lakedesk-mds-'))
const LIMIT_MS = 120_000
const answer = z.object({ shards: z.number(), rows: z.array(z.unknown()) })

async function readBack(name: string, files: readonly TrainingFile[], python: string) {
  const folder = join(root, name)
  mkdirSync(folder)
  for (const { path, bytes } of files) writeFileSync(join(folder, path), bytes)
  const ended = await runProgram(python, [program, folder, join(root, `${name}-cache`)], LIMIT_MS)
  const line = ended.stdout.split('\n').find((each) => each.startsWith('READ '))
  if (ended.exitCode !== 0 || line === undefined)
    throw new Error(`read_mds.py ended with ${ended.exitCode}: ${ended.why}`)
  return answer.parse(JSON.parse(line.slice('READ '.length)))
}

const TEXTS = ['plain', 'Grüße aus Köln', '日本語 🧪', 'two\nlines "quoted"', 'x'.repeat(5_000)]
const kinds: Record<string, Example[]> = {
  prompts: TEXTS.map((text) => ({ kind: 'instruction', prompt: text, response: `Answer to ${text}` })),
  labelled: TEXTS.map((text, n) => ({ kind: 'labelled', text, label: `l${n % 2}` })),
  conversations: TEXTS.map((text) => ({
    kind: 'chat',
    messages: [
      { role: 'user', content: text },
      { role: 'assistant', content: `Answer to ${text}` },
    ],
  })),
}

if (installed.kind === 'missing') {
  console.warn(`not run: shards of MDS, read by mosaicml-streaming (${installed.why})`)
  describe.skip('shards of MDS, read by mosaicml-streaming', () => {
    it('needs mosaicml-streaming', () => {})
  })
} else {
  const { python } = installed
  describe('shards of MDS, read by mosaicml-streaming', () => {
    afterAll(() => rmSync(root, { recursive: true, force: true }))

    it.each(Object.entries(kinds))(
      'give back %s as they were written',
      { timeout: LIMIT_MS },
      async (name, examples) => {
        const read = await readBack(name, writeExamples(examples, 'mds'), python)
        expect(read).toEqual({ shards: 1, rows: examples.map(toRow) })
      },
    )

    it('give back everything over many shards', { timeout: LIMIT_MS }, async () => {
      const rows = Array.from({ length: 500 }, (_, n) => ({ prompt: `Question ${n}`, response: `${n}`.repeat(20) }))
      const read = await readBack('many', writeMds({ prompt: 'str', response: 'str' }, rows, 4_096), python)
      expect(read.rows).toEqual(rows)
      expect(read.shards).toBeGreaterThan(5)
    })

    it('are refused where a byte was changed', { timeout: LIMIT_MS }, async () => {
      const files = writeExamples(kinds.prompts ?? [], 'mds').map(({ path, bytes }) => {
        if (path === 'index.json') return { path, bytes }
        const changed = Uint8Array.from(bytes)
        changed[changed.length - 1] = 0x21
        return { path, bytes: changed }
      })
      await expect(readBack('changed', files, python)).rejects.toThrow(/ended with 1/)
    })
  })
}
