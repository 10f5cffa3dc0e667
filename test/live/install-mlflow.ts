// Makes a Python virtual environment with the pinned MLflow, once: it is used again as long as the pin stays.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from './run-program.ts'

const here = dirname(fileURLToPath(import.meta.url))
const requirements = join(here, 'requirements.txt')
const folder = join(here, '../../node_modules/.cache/lakedesk/live-venv')
const marker = join(folder, 'installed-requirements.txt')

const SHORT_MS = 30_000
const VENV_MS = 120_000
const INSTALL_MS = 480_000

export type Installed = { kind: 'ready'; python: string } | { kind: 'missing'; why: string }

const pythonOf = (venv: string): string =>
  process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python')

/** `fresh`: throw away what is there. Missing where Python, its venv module or the package registry is. */
export async function installMlflow(fresh: boolean): Promise<Installed> {
  const python = pythonOf(folder)
  if (!fresh && (await isUsable(python))) return { kind: 'ready', python }
  const found = await findPython()
  if (found.kind === 'missing') return found

  rmSync(folder, { recursive: true, force: true })
  mkdirSync(dirname(folder), { recursive: true })
  console.log(
    `Installing ${readFileSync(requirements, 'utf8').trim().replaceAll('\n', ' and ')} for the live tests (once, about a minute) ...`,
  )
  const venv = await runProgram(found.python, ['-m', 'venv', folder], VENV_MS)
  if (venv.exitCode !== 0) return { kind: 'missing', why: `python3 -m venv failed: ${venv.why}` }
  const pip = ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--retries', '2', '--timeout', '60']
  const install = await runProgram(python, [...pip, '-r', requirements], INSTALL_MS)
  if (install.exitCode !== 0) return { kind: 'missing', why: `pip could not install it: ${install.why}` }
  // Written last: an installation that was broken off has no marker, and is made anew.
  writeFileSync(marker, readFileSync(requirements))
  return { kind: 'ready', python }
}

async function isUsable(python: string): Promise<boolean> {
  const wanted = readFileSync(requirements, 'utf8')
  try {
    if (readFileSync(marker, 'utf8') !== wanted) return false
  } catch {
    // No marker: nothing was installed to its end.
    return false
  }
  const asked = await runProgram(
    python,
    ['-c', 'from importlib.metadata import version as v; print(v("mlflow"))'],
    SHORT_MS,
  )
  return asked.exitCode === 0 && wanted.includes(`mlflow==${asked.stdout.trim()}`)
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
