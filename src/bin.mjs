#!/usr/bin/env node
// The `lakedesk` command: runs on any Node from 20, installs what the lockfile names if it is not there yet, and
// carries on in Node 24 (from the registry's node-* packages). Plain JavaScript, so that an older Node can read it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import * as modules from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** True where every package that the lockfile demands on this platform stands in node_modules at its version. */
function isInstalled() {
  const hidden = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(hidden)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const present = JSON.parse(readFileSync(hidden, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || entry.link || present[path]?.version === entry.version,
  )
}

function install() {
  if (isInstalled()) return
  process.stderr.write('Installing the packages named in package-lock.json (once, about half a minute) ...\n')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const result = spawnSync(npm, ['ci', '--no-progress'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (result.status === 0) return
  process.stderr.write(
    'lakedesk: the packages could not be installed; the lines above say why. Fix that, then try again.\n',
  )
  process.exit(1)
}

/** Path of a Node 24: the running one, or the one from the registry's package for this platform. */
function findNode24() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  const os = process.platform === 'win32' ? 'win' : process.platform
  const binary = process.platform === 'win32' ? 'node.exe' : 'node'
  const packaged = join(root, 'node_modules', `node-${os}-${process.arch}`, 'bin', binary)
  if (existsSync(packaged)) return packaged
  process.stderr.write(
    `lakedesk: this is Node ${process.versions.node}, and the registry has no Node 24 package for ${process.platform}-${process.arch}.\n` +
      'Install Node 24 or newer (https://nodejs.org) and try again.\n',
  )
  process.exit(1)
}

/** Compiled modules are kept here, which takes a third off every start. Where it cannot be written Node does without. */
const COMPILED = join(root, 'node_modules', '.cache', 'lakedesk', 'compiled')

install()
if (process.argv[2] !== 'install') {
  const node = findNode24()
  const cli = join(root, 'src', 'cli.ts')
  if (node === process.execPath) {
    modules.enableCompileCache(process.env.NODE_COMPILE_CACHE ?? COMPILED)
    await import('./cli.ts')
  } else {
    const env = { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? COMPILED }
    const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit', env })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    child.on('exit', (code, signal) => {
      if (signal) process.stderr.write(`lakedesk: ended by ${signal}.\n`)
      process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1))
    })
  }
}
