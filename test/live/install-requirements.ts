// Makes a Python virtual environment with pinned packages, once: it is used again as long as the pins stay.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from './run-program.ts'

const here = dirname(fileURLToPath(import.meta.url))

const SHORT_MS = 30_000
const VENV_MS = 120_000
const INSTALL_MS = 480_000

export type Installed = { kind: 'ready'; python: string } | { kind: 'missing'; why: string }

export interface RequirementsOptions {
  /** File beside this one. */
  file: string
  /** Of the environment, under node_modules/.cache/lakedesk. */
  folder: string
  /** Module whose import tells that the environment works. */
  module: string
  /** Throw away what is there. */
  fresh?: boolean
}

const pythonOf = (venv: string): string =>
  process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python')

/** Missing where Python, its venv module or the package registry is. */
export async function installRequirements(options: RequirementsOptions): Promise<Installed> {
  const requirements = join(here, options.file)
  const folder = join(here, '../../node_modules/.cache/lakedesk', options.folder)
  const marker = join(folder, 'installed-requirements.txt')
  const python = pythonOf(folder)
  if (!options.fresh && (await isUsable(python, requirements, marker, options.module))) return { kind: 'ready', python }
  const found = await findPython()
  if (found.kind === 'missing') return found

  rmSync(folder, { recursive: true, force: true })
  mkdirSync(dirname(folder), { recursive: true })
  const packages = readFileSync(requirements, 'utf8').trim().replaceAll('\n', ' and ')
  console.log(`Installing ${packages} for the live tests (once, a minute or two) ...`)
  const venv = await runProgram(found.python, ['-m', 'venv', folder], VENV_MS)
  if (venv.exitCode !== 0) return { kind: 'missing', why: `python3 -m venv failed: ${venv.why}` }
  const pip = ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--retries', '2', '--timeout', '60']
  const install = await runProgram(python, [...pip, '-r', requirements], INSTALL_MS)
  if (install.exitCode !== 0) return { kind: 'missing', why: `pip could not install it: ${install.why}` }
  // Written last: an installation that was broken off has no marker, and is made anew.
  writeFileSync(marker, readFileSync(requirements))
  return { kind: 'ready', python }
}

async function isUsable(python: string, requirements: string, marker: string, module: string): Promise<boolean> {
  try {
    if (readFileSync(marker, 'utf8') !== readFileSync(requirements, 'utf8')) return false
  } catch {
    // No marker: nothing was installed to its end.
    return false
  }
  return (await runProgram(python, ['-c', `import ${module}`], SHORT_MS)).exitCode === 0
}

async function findPython(): Promise<Installed> {
  const reasons: string[] = []
  for (const name of ['python3', 'python']) {
    const asked = await runProgram(
      name,
      ['-c', 'import sys; print(sys.version_info >= (3, 10), sys.version.split()[0])'],
      SHORT_MS,
    )
    const [isNewEnough, version] = asked.stdout.trim().split(' ')
    if (asked.exitCode === 0 && isNewEnough === 'True') return { kind: 'ready', python: name }
    reasons.push(asked.exitCode === 0 ? `${name} is ${version}, and 3.10 is needed` : `no ${name}: ${asked.why}`)
  }
  return { kind: 'missing', why: reasons.join('; ') }
}
