import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openWorld, runsOf, setOf, subjectOf, toAnswer } from './world.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function makeFiles() {
  const folder = mkdtempSync(join(tmpdir(), 'evaluation-'))
  folders.push(folder)
  return { platform: join(folder, 'platform.db'), store: join(folder, 'store.db') }
}

/** What it printed, when it was killed with no warning after so many lines, or ended. */
function runChild(files: ReturnType<typeof makeFiles>, killAfter: number): Promise<string[]> {
  const script = join(import.meta.dirname, 'evaluation-child.ts')
  const child = spawn(process.execPath, [script, files.platform, files.store], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  const lines = () => output.split('\n').slice(0, -1)
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString()
    if (lines().length >= killAfter) child.kill('SIGKILL')
  })
  return new Promise((resolve) => child.on('close', () => resolve(lines())))
}

describe('an evaluation whose process is killed', () => {
  it('goes on in the next process: one run, and no more asked again than was under way at each kill', async () => {
    const files = makeFiles()
    const asked: string[] = []
    const kills = [1, 5, 9, 7]
    for (const after of kills) asked.push(...(await runChild(files, after)))
    expect(asked.some((line) => line.startsWith('run '))).toBe(false)
    const world = openWorld(files)
    const subject = subjectOf('3', async (question) => {
      asked.push(question)
      return toAnswer(`Answer to: ${question}`)
    })
    const { rows, runId } = await world.evaluate({ subject, set: setOf(30) })
    expect(rows.map((row) => row.answer?.text)).toEqual(setOf(30).cases.map(({ question }) => `Answer to: ${question}`))
    expect((await runsOf(world)).map((run) => [run.runId, run.status])).toEqual([[runId, 'FINISHED']])
    const again = asked.length - new Set(asked).size
    expect(again).toBeLessThanOrEqual(2 * kills.length)
    expect(again).toBeGreaterThan(0)
    await world.store.close()
    await world.platform.close()
  }, 60_000)
})
