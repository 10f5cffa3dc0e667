// Documents that must name exactly what the code has: errors, settings, files and commands.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { SETTINGS } from '../src/config/setting-table.ts'
import { ERROR_CODES } from '../src/core/errors.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** First cells of the table rows, without their backticks. */
function firstCells(markdown: string): string[] {
  return [...markdown.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '')
}

describe('documents', () => {
  it('list every error code, and no other', () => {
    expect(firstCells(read('docs/errors.md')).sort()).toEqual(Object.keys(ERROR_CODES).sort())
  })

  it('list every setting with its default, and no other', () => {
    const text = read('docs/configuration.md')
    expect(firstCells(text).sort()).toEqual(SETTINGS.map((setting) => setting.name).sort())
    for (const { name, default: fallback } of SETTINGS) {
      const shown = fallback === '' ? '' : `\`${fallback}\``
      expect(text).toContain(`| \`${name}\` | ${shown} |`)
    }
  })

  it('use only codes that exist', () => {
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    const used = sources.flatMap((name) => [
      ...readFileSync(join(root, 'src', name), 'utf8').matchAll(/new LakedeskError\(\s*'([A-Z_]+)'/g),
    ])
    expect(used.length).toBeGreaterThan(20)
    for (const match of used) expect(Object.keys(ERROR_CODES)).toContain(match[1])
  })

  it.each(['README.md', 'MAP.md', 'docs/decisions/README.md'])('%s links to files that exist', (document) => {
    const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1] ?? '')
    const missing = links.filter((link) => !existsSync(join(root, dirname(document), link)))
    expect(links.length).toBeGreaterThan(0)
    expect(missing).toEqual([])
  })

  it('name npm scripts that exist', () => {
    const manifest: { scripts: Record<string, string> } = JSON.parse(read('package.json'))
    const named = ['README.md', 'MAP.md', 'docs/benchmarks.md'].flatMap((document) =>
      [...read(document).matchAll(/npm run ([a-z:-]+)/g)].map((match) => match[1] ?? ''),
    )
    expect(named.filter((name) => !(name in manifest.scripts))).toEqual([])
  })

  it('keep the root map under 120 lines', () => {
    expect(read('MAP.md').split('\n').length).toBeLessThan(120)
  })
})
