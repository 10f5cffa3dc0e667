// A real headless Chromium for tests: the one of the registry's package, or one that is installed on this machine.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'

const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'lakedesk')
const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

interface Found {
  path: string
  /** For the browser's own process, beside those of this one. */
  env: Record<string, string>
}

/** True where it says its version: then all libraries it needs are there. */
function starts({ path, env }: Found): boolean {
  try {
    execFileSync(path, ['--version'], { env: { ...process.env, ...env }, stdio: 'ignore', timeout: 20_000 })
    return true
  } catch {
    // A missing library ends it before it says anything.
    return false
  }
}

/** Unpacks the browser of `@sparticuz/chromium` once, with the libraries that a bare machine lacks. */
async function unpack(): Promise<string> {
  const home = join(fileURLToPath(import.meta.resolve('@sparticuz/chromium')), '..', '..')
  const { version }: { version: string } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const folder = join(CACHE, `chromium-${version}`)
  if (existsSync(folder)) return folder
  mkdirSync(CACHE, { recursive: true })
  const fresh = mkdtempSync(`${folder}.`)
  const before = process.env.TMPDIR
  // The package unpacks into the folder for temporary files, where two tests at once would meet.
  process.env.TMPDIR = fresh
  try {
    const { default: packed, inflate } = await import('@sparticuz/chromium')
    await packed.executablePath()
    await inflate(join(home, 'bin', 'al2023.tar.br'))
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
  try {
    renameSync(fresh, folder)
  } catch (error) {
    // Another test was first: its folder is as good.
    rmSync(fresh, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}

async function listPackaged(): Promise<Found[]> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return []
  const folder = await unpack()
  const path = join(folder, 'chromium')
  const fonts = { FONTCONFIG_PATH: join(folder, 'fonts') }
  return [
    { path, env: {} },
    { path, env: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), ...fonts } },
  ]
}

/**
 * The first browser that starts: LAKEDESK_TEST_CHROMIUM, the packaged one, an installed one. Null where there is none, and
 * then suites that need it say so by name.
 */
export async function findBrowser(): Promise<Found | null> {
  const named = process.env.LAKEDESK_TEST_CHROMIUM
  if (named) return { path: named, env: {} }
  const packaged = (await listPackaged()).find(starts)
  if (packaged) return packaged
  const path = INSTALLED.find(existsSync)
  return path === undefined ? null : { path, env: {} }
}

/** Loads nothing from anywhere but this machine. */
export function openBrowser({ path, env }: Found): Promise<Browser> {
  const args = [
    ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    ...['--disable-component-update', '--disable-sync', '--font-render-hinting=none', '--no-zygote'],
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
  ]
  return chromium.launch({ executablePath: path, args, env: { ...process.env, ...env } })
}
