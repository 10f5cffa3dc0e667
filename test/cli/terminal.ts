// A terminal in memory: what a command wrote, and lines for it to read.
import { PassThrough } from 'node:stream'
import { readConfig } from '../../src/config/read-config.ts'
import type { Settings } from '../../src/config/settings.ts'

export interface MemoryTerminal {
  stdin: PassThrough
  stdout: PassThrough
  stderr: PassThrough & { isTTY?: boolean }
  out(): string
  err(): string
}

export function createTerminal(input = '', tty = false): MemoryTerminal {
  const read = (stream: PassThrough): (() => string) => {
    let text = ''
    stream.on('data', (data) => {
      text += data
    })
    return () => text
  }
  const stdin = new PassThrough()
  stdin.end(input)
  const stdout = new PassThrough()
  const stderr = Object.assign(new PassThrough(), { isTTY: tty })
  return { stdin, stdout, stderr, out: read(stdout), err: read(stderr) }
}

export function settingsFor(data: string, more: Record<string, string> = {}): Settings {
  return readConfig({ LAKEDESK_DATA: data, ...more })
}
