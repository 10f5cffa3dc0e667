// Guards the layout: who may import whom, which package lives in which room, no circle, no file over 300 lines.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'src')

interface SourceFile {
  /** Posix path under src. */
  path: string
  text: string
  imports: string[]
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"\n;]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*\}\s*from\s*['"]([^'"]+)['"]/g

function readSources(): SourceFile[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(tsx?|mjs)$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => {
      const text = readFileSync(join(src, name), 'utf8')
      const imports = [...text.matchAll(IMPORT)].map((m) => m[1] ?? m[2] ?? m[3] ?? m[4] ?? '')
      return { path: name.replaceAll('\\', '/'), text, imports }
    })
}

const sources = readSources()

/** The room of a file: the folder that the import table speaks of. */
function roomOf(path: string): string {
  const parts = path.split('/')
  if (parts.length === 1 || parts[0] === 'cli') return 'root'
  if (parts[0] === 'bots') return `bots/${parts[1]}`
  if (parts[0] === 'platform') return `platform/${parts[1]}`
  return parts[0] ?? ''
}

/** What each room may import of ours, beside itself. */
const MAY: Record<string, (room: string, path: string) => boolean> = {
  core: () => false,
  config: (room) => room === 'core',
  store: (room) => room === 'core',
  approvals: (room) => ['core', 'store'].includes(room),
  'platform/ports': (room) => room === 'core',
  'platform/sql': (room) => ['core', 'platform/ports'].includes(room),
  'platform/ai': (room) => ['core', 'platform/ports'].includes(room),
  'platform/local': (room) => ['core', 'platform/ports', 'platform/sql', 'platform/ai'].includes(room),
  'platform/offline': (room) => ['core', 'platform/ports'].includes(room),
  'platform/openai': (room) => ['core', 'platform/ports'].includes(room),
  'platform/mlflow': (room) => ['core', 'platform/ports'].includes(room),
  'platform/databricks': (room) => ['core', 'platform/ports', 'platform/mlflow', 'platform/sql'].includes(room),
  // The other end of the wire: it shares no code with the drivers that speak to it.
  'platform/lakehouse': (room) => ['core', 'platform/ports'].includes(room),
  rag: (room) => ['core', 'store', 'approvals', 'platform/ports'].includes(room),
  evals: (room) => ['core', 'store', 'approvals', 'platform/ports'].includes(room),
  // The gate judges evaluations, so it knows their words; evals know nothing of promotions.
  promotion: (room) => ['core', 'store', 'approvals', 'evals', 'platform/ports'].includes(room),
  tickets: (room) => ['core', 'store', 'approvals', 'platform/ports'].includes(room),
  training: (room) => ['core', 'store', 'approvals', 'platform/ports'].includes(room),
  // A night judges evaluations, so it knows their words; evals know nothing of nights.
  reports: (room) => ['core', 'store', 'approvals', 'evals', 'platform/ports'].includes(room),
  tools: (room) =>
    [
      'core',
      'store',
      'rag',
      'evals',
      'promotion',
      'tickets',
      'training',
      'reports',
      'approvals',
      'platform/ports',
    ].includes(room),
  agent: (room) => ['core', 'store', 'tools', 'platform/ports'].includes(room),
  conversation: (room) => ['core', 'store', 'approvals', 'tools', 'agent'].includes(room),
  'bots/slack': (room) => ['core', 'conversation'].includes(room),
  'bots/teams': (room) => ['core', 'conversation'].includes(room),
  'bots/console': (room) => ['core', 'conversation'].includes(room),
  playground: (room) => room === 'core',
  root: () => true,
}

/** Packages that may stand in some rooms only. */
const ROOMS_OF_PACKAGE: [RegExp, RegExp][] = [
  [/^@slack\//, /^bots\/slack\//],
  [/^botbuilder|^botframework/, /^bots\/teams\/botbuilder-[a-z]+\.ts$/],
  [/^langchain|^@langchain\//, /^(agent|rag|platform)\//],
  [/^openai$/, /^(agent|rag|platform\/(openai|databricks))\//],
  [/^node:sqlite$/, /^(store|platform\/(local|lakehouse))\//],
  [/^onnxruntime-node|^onnx-proto|^@huggingface\//, /^platform\/local\//],
  [/^@duckdb\//, /^platform\/local\/sql\//],
  [/^@polyglot-sql\//, /^platform\/sql\//],
  [/^vega|^@resvg\/|^dejavu-fonts-ttf/, /^reports\//],
  [/^ini$/, /^config\//],
  [/^preact|^@preact\/|^adaptivecards$|^chart\.js/, /^playground\/page\//],
  [/^vite$/, /^playground\/build-page\.ts$/],
  [/^croner$/, /^reports\//],
  [/^ws$|^jose$/, /^playground\//],
  [/^commander$|^pino$/, /^(cli|main|cli\/.*)/],
]

function resolveImport(from: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null
  return posix.normalize(posix.join(posix.dirname(from), specifier))
}

describe('house', () => {
  it('reads the sources it guards', () => {
    expect(sources.length).toBeGreaterThan(20)
    expect(sources.flatMap((file) => file.imports).length).toBeGreaterThan(50)
  })

  it('imports only downwards', () => {
    const breaches = sources.flatMap((file) => {
      const room = roomOf(file.path)
      const may = MAY[room]
      if (!may) return [`${file.path}: the folder ${room} is not in the plan of the house`]
      return file.imports.flatMap((specifier) => {
        const target = resolveImport(file.path, specifier)
        if (!target) return []
        const targetRoom = roomOf(target)
        return targetRoom === room || may(targetRoom, target) ? [] : [`${file.path} imports ${target}`]
      })
    })
    expect(breaches).toEqual([])
  })

  it('keeps packages in their rooms', () => {
    const breaches = sources.flatMap((file) =>
      file.imports.flatMap((specifier) =>
        ROOMS_OF_PACKAGE.filter(([name, room]) => name.test(specifier) && !room.test(file.path)).map(
          () => `${file.path} imports ${specifier}`,
        ),
      ),
    )
    expect(breaches).toEqual([])
    const botbuilder = sources.filter((file) => file.imports.some((name) => /^botbuilder|^botframework/.test(name)))
    expect(botbuilder.length).toBeLessThanOrEqual(2)
  })

  it('has no circle of imports', () => {
    const byPath = new Map(sources.map((file) => [file.path, file]))
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (path: string, trail: string[]): void => {
      if (trail.includes(path)) {
        circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
        return
      }
      if (done.has(path)) return
      for (const specifier of byPath.get(path)?.imports ?? []) {
        const target = resolveImport(path, specifier)
        if (target && byPath.has(target)) visit(target, [...trail, path])
      }
      done.add(path)
    }
    for (const path of byPath.keys()) visit(path, [])
    expect(circles).toEqual([])
  })

  it('keeps files under 300 lines, and every file says what it is', () => {
    const long = sources.filter((file) => file.text.split('\n').length > 301).map((file) => file.path)
    expect(long).toEqual([])
    const silent = sources.filter((file) => !/^(#!.*\n)?\/\/ \S/.test(file.text)).map((file) => file.path)
    expect(silent).toEqual([])
  })

  it('reads the environment in the composition root alone, and has no drawer folders', () => {
    const readers = sources
      .filter((file) => /\bprocess\.env\b/.test(file.text) && roomOf(file.path) !== 'root')
      .map((file) => file.path)
    expect(readers).toEqual([])
    const drawers = sources.filter((file) => /(^|\/)(utils|helpers|common|types)(\/|\.ts$)/.test(file.path))
    expect(drawers).toEqual([])
  })

  it('never lets shared code ask for a platform by name', () => {
    const named = sources
      .filter((file) => roomOf(file.path) === 'conversation' || roomOf(file.path) === 'agent')
      .filter((file) => /slack|teams/i.test(file.text))
      .map((file) => file.path)
    expect(named).toEqual([])
  })

  it('has no `any` and no unexplained suppression', () => {
    const loose = sources.filter((file) =>
      /(?<!\?)(:|<|\bas)\s*any\b|@ts-ignore|@ts-nocheck/.test(
        file.text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, ''),
      ),
    )
    expect(loose.map((file) => file.path)).toEqual([])
  })

  it('mirrors src in test', () => {
    const folders = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts') && name.includes('/'))
      .map((name) => relative('.', dirname(name)).replaceAll('\\', '/'))
    const known = new Set(sources.flatMap((file) => [dirname(file.path), dirname(dirname(file.path))]))
    const whole = ['end-to-end', 'browser', 'manifest']
    const strangers = folders.filter((folder) => !known.has(folder) && !whole.includes(folder))
    expect([...new Set(strangers)]).toEqual([])
  })
})
