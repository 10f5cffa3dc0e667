// The text behind a command, as people write it on keyboards and phones.
import { describe, expect, it } from 'vitest'
import { readCommandLine } from '../../src/tools/command-line.ts'

const read = (text: string) => {
  const line = readCommandLine(text, { 'dry-run': 'flag', force: 'value' }, 'promote v3')
  return typeof line === 'string' ? line : { words: line.words, ...Object.fromEntries(line.options) }
}

describe('the command line', () => {
  it.each([
    ['', { words: [] }],
    ['  v3  ', { words: ['v3'] }],
    ['v3 --dry-run', { words: ['v3'], 'dry-run': '' }],
    ['--DRY-RUN v3', { words: ['v3'], 'dry-run': '' }],
    ['v3 --force "an outage, since 9:00"', { words: ['v3'], force: 'an outage, since 9:00' }],
    ['v3 —force “it’s down”', { words: ['v3'], force: 'it’s down' }],
    ['v3 --force=outage', { words: ['v3'], force: 'outage' }],
    ["v3 --force 'all is down' --dry-run", { words: ['v3'], force: 'all is down', 'dry-run': '' }],
    ['"--dry-run"', { words: ['--dry-run'] }],
  ])('reads `%s`', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  it.each([
    ['v3 --fast', 'There is no option --fast here.'],
    ['v3 --constructor', 'There is no option --constructor here.'],
    ['v3 --force', 'The option --force needs a text behind it.'],
    ['v3 --force ""', 'The option --force needs a text behind it.'],
    ['v3 --dry-run --dry-run', 'stands there twice'],
    ['v3 --dry-run=yes', 'takes no text'],
  ])('says what is wrong with `%s`', (text, why) => {
    expect(read(text)).toContain(why)
    expect(read(text)).toContain('`promote v3`')
  })
})
