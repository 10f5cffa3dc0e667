import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { METRICS } from '../../src/evals/metrics.ts'
import { openWorld, runsOf } from './world.ts'

const text = readFileSync(new URL('../../docs/evaluation.md', import.meta.url), 'utf8')

describe('docs/evaluation.md', () => {
  it('lists every metric with both keys and its meaning, and no other', () => {
    const rows = [...text.matchAll(/^\| (\w+) \| `([^`]+)` \| [^|]+ \| `([^`]+)` \| ([^|]+) \|/gm)]
    const listed = rows.map(([, name, key, key3]) => [name, key, key3])
    expect(listed).toEqual(Object.values(METRICS).map(({ name, key, key3 }) => [name, key, key3]))
    for (const [, name = '', , , meaning] of rows) {
      const metric = Object.values(METRICS).find((each) => each.name === name)
      expect(meaning).toContain(metric?.meaning.replace(/\.$/, ''))
    }
  })

  it('names every tag, param and artifact of a run', async () => {
    const world = openWorld()
    const { runId } = await world.evaluate()
    const [run] = await runsOf(world)
    const files = await world.platform.runs.artifacts.list(runId)
    const ours = ['model', 'version', 'set', 'set_digest', 'judge']
    for (const name of [...Object.keys(run?.tags ?? {}), ...ours, ...files.map(({ path }) => path)]) {
      expect(text, name).toContain(`\`${name}\``)
    }
  })
})
