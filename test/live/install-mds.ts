// Makes a Python virtual environment with the pinned mosaicml-streaming, once. It brings torch and its libraries: some 5 GB.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from './run-program.ts'

const here = dirname(fileURLToPath(import.meta.url))
const requirements = join(here, 'requirements-mds.txt')
const folder = join(here, '../../node_modules/.cache/lakedesk/live-venv-mds')
const marker = join(folder, 'installed-requirements.txt')
const python = join(folder, 'bin', 'python')
const VENV_MS = 120_000
const INSTALL_MS = 540_000

export type InstalledMds = { kind: 'ready'; python: string } | { kind: 'missing'; why: string }

/** Some five gigabytes with its torch: only where LAKEDESK_LIVE_MDS is `on`. Missing otherwise, or where Python, its venv module or the package registry is. */
export async function installMds(): Promise<InstalledMds> {
  if (process.env.LAKEDESK_LIVE_MDS !== 'on') {
    return { kind: 'missing', why: 'LAKEDESK_LIVE_MDS is not `on`: it would install five gigabytes' }
  }
  if (isInstalled()) return { kind: 'ready', python }
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(dirname(folder), { recursive: true })
  console.log('Installing mosaicml-streaming with torch for the live tests (once, some minutes and 5 GB) ...')
  const venv = await runProgram('python3', ['-m', 'venv', folder], VENV_MS)
  if (venv.exitCode !== 0) return { kind: 'missing', why: `python3 -m venv failed: ${venv.why}` }
  const pip = ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--retries', '2', '--timeout', '60']
  const install = await runProgram(python, [...pip, '-r', requirements], INSTALL_MS)
  if (install.exitCode !== 0) return { kind: 'missing', why: `pip could not install it: ${install.why}` }
  // Written last: an installation that was broken off has no marker, and is made anew.
  writeFileSync(marker, readFileSync(requirements))
  return { kind: 'ready', python }
}

function isInstalled(): boolean {
  try {
    return readFileSync(marker, 'utf8') === readFileSync(requirements, 'utf8')
  } catch {
    // No marker: nothing was installed to its end.
    return false
  }
}
