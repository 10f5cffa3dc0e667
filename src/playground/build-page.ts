// Builds the playground's page from its sources with Vite, once for each state of the sources, and reads what was built.
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LakedeskError } from '../core/errors.ts'

export interface PageFile {
  /** Path on the server, such as `/assets/index-1a2b3c.js`. */
  path: string
  bytes: Buffer
  /** True where the name tells the content, so that a browser may keep it for ever. */
  immutable: boolean
}

export interface BuiltPage {
  folder: string
  /** True where an earlier build of the same sources was used. */
  reused: boolean
  files: ReadonlyMap<string, PageFile>
}

const here = dirname(fileURLToPath(import.meta.url))
const packageRoot = join(here, '..', '..')
const pageRoot = join(here, 'page')
/** Changes when the way of building changes. */
const RECIPE = 'page-2'

/** Digest of everything the page is made of: its sources, the words it shares with the server, and the versions of its packages. */
function digestSources(): string {
  const hash = createHash('sha256').update(RECIPE)
  const names = readdirSync(pageRoot, { recursive: true, encoding: 'utf8' }).sort()
  const paths = names.map((name) => join(pageRoot, name)).filter((path) => statSync(path).isFile())
  for (const path of [...paths, join(here, 'words.ts'), join(packageRoot, 'package-lock.json')]) {
    if (existsSync(path)) hash.update(path.slice(packageRoot.length)).update('\0').update(readFileSync(path))
  }
  return hash.digest('hex').slice(0, 16)
}

/** Beside the packages where that can be written, else in the system's folder for temporary files. */
function findCacheFolder(): string {
  const wanted = [
    join(packageRoot, 'node_modules', '.cache', 'lakedesk', 'playground'),
    join(tmpdir(), 'lakedesk-playground'),
  ]
  for (const folder of wanted) {
    try {
      const probe = join(folder, `.probe-${randomUUID()}`)
      mkdirSync(probe, { recursive: true })
      rmSync(probe, { recursive: true })
      return folder
    } catch {
      // The next one is tried; that none can be written is told below.
    }
  }
  throw new LakedeskError(
    'CONFIG_INVALID',
    `The page of the playground cannot be built, because neither ${wanted.join(' nor ')} can be written. Make one of them writable.`,
  )
}

async function runVite(outDir: string): Promise<void> {
  const { build } = await import('vite')
  try {
    await build({
      root: pageRoot,
      base: '/',
      configFile: false,
      envDir: false,
      publicDir: false,
      logLevel: 'silent',
      mode: 'production',
      // Said by name: else a test's NODE_ENV would take the checking builds of packages, a third larger, for everybody's page.
      resolve: { conditions: ['module', 'browser', 'production'] },
      oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
      build: { outDir, emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
    })
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    throw new LakedeskError(
      'INTERNAL',
      `The page of the playground cannot be built: ${why} Restore the files below src/playground/page, or install the packages again with npm ci.`,
      error,
    )
  }
}

function readFiles(folder: string): Map<string, PageFile> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.flatMap((name) => {
    const full = join(folder, name)
    if (!statSync(full).isFile()) return []
    const path = `/${name.replaceAll('\\', '/')}`
    return [{ path, bytes: readFileSync(full), immutable: path.startsWith('/assets/') }]
  })
  return new Map(files.map((file) => [file.path, file]))
}

/** Older builds are of no use to anybody; one that cannot be removed is left. */
function removeOthers(cache: string, keep: string): void {
  const old = readdirSync(cache).filter((name) => name !== keep && !name.startsWith('.'))
  for (const name of old) rmSync(join(cache, name), { recursive: true, force: true })
}

/** Takes a few seconds where the sources changed, else milliseconds. Throws INTERNAL where the sources cannot be built. */
export async function buildPage(): Promise<BuiltPage> {
  const cache = findCacheFolder()
  const digest = digestSources()
  const folder = join(cache, digest)
  const reused = existsSync(join(folder, 'index.html'))
  if (!reused) {
    // Built beside, then named in one step: two playgrounds that start at once never see a half of it.
    const draft = join(cache, `.draft-${randomUUID()}`)
    await runVite(draft)
    rmSync(folder, { recursive: true, force: true })
    try {
      renameSync(draft, folder)
    } catch (error) {
      rmSync(draft, { recursive: true, force: true })
      if (!existsSync(join(folder, 'index.html'))) throw error
    }
    removeOthers(cache, digest)
  }
  return { folder, reused, files: readFiles(folder) }
}
