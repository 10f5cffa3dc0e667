// Installs one pinned npm package into a folder of its own, once: never into the project's own node_modules.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from './run-program.ts'

const cache = join(dirname(fileURLToPath(import.meta.url)), '../../node_modules/.cache/lakedesk')
const INSTALL_MS = 240_000

export type InstalledPackage = { kind: 'ready'; folder: string } | { kind: 'missing'; why: string }

/**
 * `spec`: name and exact version, such as `emulate@0.12.2`. `folder` of the answer is the package itself. Missing where the
 * registry is. No script of any package is run.
 */
export async function installNpm(spec: string): Promise<InstalledPackage> {
  const name = spec.slice(0, spec.lastIndexOf('@'))
  const home = join(cache, `npm-${spec.replaceAll(/[^\w.-]+/g, '-').replace(/^-/, '')}`)
  const folder = join(home, 'node_modules', name)
  const marker = join(home, 'installed.txt')
  if (isUsable(marker, spec)) return { kind: 'ready', folder }
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  // Its own package.json keeps npm from looking for the project above it.
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  console.log(`Installing ${spec} for the live tests (once) ...`)
  const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
  const ended = await runProgram('npm', ['install', '--prefix', home, ...quiet, spec], INSTALL_MS)
  if (ended.exitCode !== 0) return { kind: 'missing', why: `npm could not install ${spec}: ${ended.why}` }
  writeFileSync(marker, spec)
  return { kind: 'ready', folder }
}

function isUsable(marker: string, spec: string): boolean {
  try {
    return readFileSync(marker, 'utf8') === spec
  } catch {
    // Never installed to its end.
    return false
  }
}
