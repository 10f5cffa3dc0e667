// Reports through the conversation: the last one, that of a date, as a file; what is muted and assigned; what fails, costs or is gone.
import { afterEach, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../src/core/errors.ts'
import { ben, type NightlyRoom, openNightlyRoom, openNightlyWorld, SET } from './nightly-room.ts'

let room: NightlyRoom
afterEach(() => room.close())

/** Right on most nights; on a bad one the first third of the questions is wrong. */
async function openWithBadNight(price = 0) {
  const state = { bad: false }
  const world = await openNightlyWorld({
    answers: (question) => (state.bad && Number(/\d+/.exec(question)?.[0]) <= 13 ? 0.1 : 0.9),
    price,
  })
  room = await openNightlyRoom(world)
  return { state, world }
}

async function twoNights(): Promise<void> {
  const { state } = await openWithBadNight()
  await room.say('nightly at 07:00 Europe/Berlin')
  await room.settle()
  await room.at('2026-11-11T06:00:00Z')
  state.bad = true
  await room.at('2026-11-12T06:00:00Z')
}

describe('report', () => {
  it('shows the last one again with its chart and its cases, and those of a date', async () => {
    await twoNights()
    const last = await room.say('report')
    expect(last.text).toContain('What got worse')
    expect(last.text).toContain(SET.cases[0]?.question)
    expect(last.blocks.map(({ kind }) => kind)).toEqual(['chart', 'table'])
    expect(last.footer).toContain('Night of 2026-11-12 (Europe/Berlin)')
    const first = await room.say('report 2026-11-11')
    expect(first.footer).toContain('Night of 2026-11-11')
    expect(first.text).not.toContain('What got worse')
    expect((await room.say('report yesterday')).footer).toContain('Night of 2026-11-11')
    expect((await room.say('report today')).footer).toContain('Night of 2026-11-12')
  })

  it('comes as a file for the browser, by the word and by the button', async () => {
    await twoNights()
    const asked = await room.say('report html 2026-11-11')
    const file = asked.blocks.find((block) => block.kind === 'file')
    expect(file).toMatchObject({
      name: 'nightly-2026-11-11.html',
      mediaType: 'text/html',
      text: expect.stringContaining('<!doctype html>'),
    })
    const { value = {}, action = '' } = (await room.say('report')).buttons.at(-1) ?? {}
    const pressed = await room.press(action, value)
    expect(pressed.blocks.find((block) => block.kind === 'file')).toMatchObject({ name: 'nightly-2026-11-12.html' })
    // A file cannot be shown to one person alone in a channel.
    expect(pressed.onlyTo).toBeUndefined()
  })

  it('says which dates have one where there is none, and what is no date', async () => {
    await twoNights()
    expect((await room.say('report 2026-11-20')).text).toBe(
      'There is no report of 2026-11-20: nothing was measured that night. There are reports of 2026-11-11, 2026-11-12.',
    )
    expect((await room.say('report 2026-02-30')).text).toContain('“2026-02-30” is no date')
    expect((await room.say('report soon')).text).toContain('Write `report`')
  })

  it('says how to get the first one', async () => {
    await openWithBadNight()
    expect((await room.say('report')).text).toContain('No night has been measured yet')
    expect((await room.say('assign q01 me')).text).toContain('No night has measured a question yet')
  })

  it('is read by the assistant in words', async () => {
    await twoNights()
    const tool = room.tools.find(({ name }) => name === 'show-report')
    const value = await tool?.run({ html: false }, {} as never)
    expect(tool?.toModelText(value)).toMatch(/Night of 2026-11-12, verdict: regression[\s\S]*correctness/)
  })
})

describe('questions of a report', () => {
  it('are assigned by a button and by name, kept over a restart, and named in later nights', async () => {
    await twoNights()
    const button = room.below()[0]?.reply.buttons.find(({ action }) => action === 'assign-case')
    const id = button?.value.case ?? ''
    expect((await room.press('assign-case', button?.value ?? {}, { user: ben })).text).toContain(
      `Ben looks after ${id}`,
    )
    expect((await room.say('assign q02 ana', { user: ben })).text).toContain('Ana looks after q02, as Ben says')
    expect((await room.say('assign q02 zoe')).text).toContain(
      '“zoe” is nobody on the list of people. There are Ana, Ben',
    )
    expect((await room.say('assign q99 me')).text).toContain('no question “q99”')
    const { world } = room
    await room.close()
    room = await openNightlyRoom(world)
    expect((await room.say('assign')).text).toMatch(new RegExp(`q02: Ana[\\s\\S]*${id}: Ben`))
    expect((await room.say('report')).text).toContain('Ben looks after it')
    expect((await room.say('assign q02 nobody')).text).toContain('Nobody looks after q02 any more')
    const audited = await world.store.audit.list({ limit: 50 })
    expect(audited.filter(({ what }) => what === 'assign-case').length).toBeGreaterThan(3)
  })

  it('are muted by a form and by a command, not announced until then, and measured all the same', async () => {
    const { state } = await openWithBadNight()
    await room.say('nightly at 07:00')
    await room.settle()
    await room.at('2026-11-11T07:00:00Z')
    const asked = await room.press('mute-case', { case: 'q01' })
    const form = asked.blocks.find((block) => block.kind === 'form')
    expect(form).toMatchObject({
      action: 'mute-case',
      fields: [{ id: 'until' }, { id: 'date' }],
      command: 'mute q01 until 2026-12-24',
    })
    const pressed = await room.press('mute-case', { case: 'q01', input_until: '1 month', input_date: '' })
    expect(pressed.text).toContain('q01 is not announced before 2026-12-11, as Ana says')
    expect((await room.say('mute q02 until 2026-11-13')).text).toContain('q02 is not announced before 2026-11-13')
    expect((await room.say('mute')).text).toMatch(/q02 until 2026-11-13, by Ana[\s\S]*q01 until 2026-12-11/)
    state.bad = true
    await room.at('2026-11-12T07:00:00Z')
    const [night] = await room.report.history()
    expect(night?.muted).toBe(2)
    expect(night?.worst.map(({ caseId }) => caseId)).not.toContain('q01')
    expect(night?.champion?.rows.map(({ id }) => id)).toContain('q01')
    expect((await room.say('mute q01 off')).text).toContain('q01 is announced again')
  })

  it.each([
    ['mute q01 until 2026-02-30', /no date/],
    ['mute q01 until 2020-01-01', /not in the future/],
    ['mute q01 until 2030-01-01', /more than a year away/],
    ['mute q01 soon', /“soon” is no time. Write `mute/],
    ['mute q99 1 week', /no question “q99”/],
  ])('%s says why not', async (line, why) => {
    await openWithBadNight()
    await room.say('nightly now')
    await room.settle()
    expect((await room.say(line)).text).toMatch(why)
  })

  it('are not meant by what people ask the documentation, and what is faulty is told without a slash too', async () => {
    await twoNights()
    for (const text of [
      'assign a role',
      'mute notifications',
      'report a bug',
      'nightly at the warehouse',
      'snooze alerts',
    ]) {
      expect((await room.write(text)).text, text).toBe(`Answer to ${text}`)
    }
    const told: [string, string][] = [
      ['nightly at 25:00', 'no time of a day'],
      ['nightly at 07:00 CEST', 'no time zone'],
      ['report 2026-02-30', 'is no date'],
      ['mute q02 until doomsday', 'is no time'],
      ['nightly now v3 please', '“please” is no version'],
    ]
    for (const [text, why] of told)
      expect(await room.write(text), text).toMatchObject({ outcome: 'refused', text: expect.stringContaining(why) })
    expect((await room.write('assign q02 me')).text).toContain('Ana looks after q02')
    expect((await room.say('mute notifications')).text).toContain('“notifications” is no question of the set')
  })

  it('are not changed by strangers', async () => {
    await twoNights()
    const user = { id: 'zoe', tenant: 'acme' }
    expect((await room.say('assign q01 me', { user })).text).toContain('linked to no person')
    expect((await room.say('mute q01 1 week', { user })).text).toContain('linked to no person')
    expect((await room.say('mute q01 1 week', { user: { ...user, external: true } })).text).toContain('Guests')
  })
})

describe('nightly now', () => {
  it('measures candidates beside Champion, and its button does it again', async () => {
    await openWithBadNight()
    expect((await room.say('nightly now v4 v3')).text).toContain('Nightly evaluation of v3, with v4 beside it')
    await room.settle()
    const [night] = await room.report.history()
    expect(night?.candidates.map(({ version, gate }) => [version, gate])).toEqual([['4', expect.any(String)]])
    expect(room.world.asked.filter((each) => each.startsWith('v4')).length).toBe(40)
    expect((await room.say('nightly now v9')).text).toContain('no version v9')
    room.clock.now += 60_000
    expect((await room.press('nightly-again', { candidates: '' })).text).toContain('Nightly evaluation of v3')
    await room.settle()
    expect(room.posts()).toHaveLength(2)
  })

  it('does nothing where there is no Champion, and says so', async () => {
    await openWithBadNight()
    await room.world.platform.registry.deleteAlias('ml.rag.docs_rag', 'Champion')
    expect((await room.say('nightly now')).text).toContain('has no Champion yet')
    expect((await room.say('nightly at 07:00')).text).toContain('has no Champion yet')
  })
})

describe('what goes wrong', () => {
  it('posts that the evaluation failed, and why', async () => {
    const world = await openNightlyWorld({
      answers: () => {
        throw new LakedeskError('MODEL_FAILED', 'The model did not answer: its key is wrong.')
      },
    })
    room = await openNightlyRoom(world)
    await room.say('nightly at 07:00')
    await room.settle()
    await room.at('2026-11-11T07:00:00Z')
    expect(room.posts()).toHaveLength(1)
    expect(room.posts()[0]?.text).toMatch(/questions asked got no answer[\s\S]*its key is wrong/)
    expect(room.posts()[0]?.outcome).toBe('refused')
  }, 30_000)

  it('pauses itself where the channel is gone, and says so in the list of others', async () => {
    const world = await openNightlyWorld()
    room = await openNightlyRoom(world, {
      isGone: (to) => to === 'desk:nightly' && world.clock.now > Date.parse('2026-11-11T00:00:00Z'),
    })
    await room.say('nightly at 07:00')
    await room.settle()
    await room.at('2026-11-11T07:00:00Z')
    await room.at('2026-11-12T07:00:00Z')
    await room.at('2026-11-13T07:00:00Z')
    expect((await room.report.history()).map(({ date }) => date)).toEqual(['2026-11-11'])
    const list = await room.say('nightly', { at: 'desk:other' })
    expect(JSON.stringify(list.blocks)).toContain('paused: its last report could not be shown')
    expect(room.log.some(({ message }) => message.includes('A nightly report is paused'))).toBe(true)
  })

  it('does not run a night that costs more than twice what was agreed, until somebody agrees', async () => {
    const { world } = await openWithBadNight(100)
    const card = await room.say('nightly now')
    const start = card.buttons.find(({ action }) => action === 'approve')
    expect(card.text).toContain('cost not known')
    await room.press('approve', start?.value ?? {})
    await room.settle()
    const asked = await room.say('nightly at 07:00')
    expect(asked.text).toMatch(/about 0\.40 USD[\s\S]*It begins when Ana/)
    await room.press('approve', asked.buttons[0]?.value ?? {})
    await room.settle()
    await room.close()
    // The price list changes.
    world.price = 300
    room = await openNightlyRoom(world)
    await room.at('2026-11-11T07:00:00Z')
    const refused = room.shown.map(({ reply }) => reply).find(({ text }) => text.includes('was not run'))
    expect(refused?.text).toMatch(/would cost about US\$ 1\.20, and US\$ 0\.40 a night were agreed to/)
    expect(room.posts()).toEqual([])
    await room.at('2026-11-11T07:30:00Z')
    expect(room.shown.filter(({ reply }) => reply.text.includes('was not run'))).toHaveLength(1)
    await room.press('nightly-agree', refused?.buttons[0]?.value ?? {})
    await room.settle()
    await room.at('2026-11-11T07:31:00Z')
    expect(room.posts()).toHaveLength(1)
    await room.at('2026-11-12T07:00:00Z')
    expect(room.posts()).toHaveLength(2)
  })

  it('waits for a platform out of reach, and gives a night up after hours with the reason', async () => {
    const { world } = await openWithBadNight()
    await room.say('nightly at 07:00')
    await room.settle()
    await room.close()
    const { registry } = world.platform
    const state = { down: true }
    const getAlias: typeof registry.getAlias = (...args) => {
      if (state.down) throw new LakedeskError('PLATFORM_UNREACHABLE', 'The registry does not answer.')
      return registry.getAlias(...args)
    }
    room = await openNightlyRoom({ ...world, platform: { ...world.platform, registry: { ...registry, getAlias } } })
    await room.at('2026-11-11T07:00:00Z')
    expect(room.shown).toEqual([])
    state.down = false
    await room.at('2026-11-11T08:00:00Z')
    expect(room.posts()).toHaveLength(1)
    state.down = true
    await room.at('2026-11-12T07:00:00Z')
    await room.at('2026-11-12T13:30:00Z')
    expect(room.shown.at(-1)?.reply.text).toContain('did not begin. The registry does not answer')
  })
})

describe('a platform that goes away in the middle of a night', () => {
  async function breakRuns() {
    const { world } = await openWithBadNight()
    await room.say('nightly at 07:00')
    await room.settle()
    await room.close()
    const { runs } = world.platform
    const state = { down: true, tries: 0 }
    const createRun: typeof runs.createRun = async (...args) => {
      state.tries += 1
      if (state.down) throw new LakedeskError('PLATFORM_UNREACHABLE', 'The tracking server does not answer.')
      return runs.createRun(...args)
    }
    const broken = { ...world, platform: { ...world.platform, runs: { ...runs, createRun } } }
    room = await openNightlyRoom(broken)
    world.clock.now = Date.parse('2026-11-11T07:00:00Z')
    await room.schedules.tick()
    while (state.tries < 3) await new Promise((resolve) => setTimeout(resolve, 2))
    return { state, broken, world }
  }

  it('is waited for, and the night is measured when it is back', async () => {
    const { state } = await breakRuns()
    expect(room.shown.filter(({ reply }) => reply.outcome === 'refused')).toEqual([])
    state.down = false
    await room.settle()
    expect(room.posts().map(({ outcome }) => outcome)).toEqual(['done'])
  })

  it('is why the night failed after six hours, and the post says so', async () => {
    const { world } = await breakRuns()
    world.clock.now += 6 * 3_600_000 + 1
    await room.settle()
    expect(room.posts()[0]?.text).toContain('The tracking server does not answer')
    expect(room.posts()[0]?.outcome).toBe('refused')
  })

  it('ends with the process: the next one, hours later, measures the same night', async () => {
    const { state, broken, world } = await breakRuns()
    await room.close()
    world.clock.now += 4 * 3_600_000
    state.down = false
    room = await openNightlyRoom(broken)
    await room.settle()
    expect(room.posts()).toHaveLength(1)
    expect((await room.report.history()).map(({ date, at }) => [date, at])).toEqual([
      ['2026-11-11', '2026-11-11T07:00:00.000Z'],
    ])
  })
})

describe('nightly watch', () => {
  it('posts each evaluation that finished elsewhere once, and asks nothing anew', async () => {
    const { world } = await openWithBadNight()
    await room.say('nightly watch')
    await room.settle()
    await room.at('2026-11-10T13:00:00Z')
    expect(room.posts()).toEqual([])
    const elsewhere = await openNightlyRoom(world, { start: false })
    world.clock.now += 60_000
    await elsewhere.evaluate('3')
    const asked = world.asked.length
    await room.at('2026-11-10T13:10:00Z')
    expect(room.posts()).toHaveLength(1)
    await room.at('2026-11-10T13:20:00Z')
    expect(room.posts()).toHaveLength(1)
    expect(world.asked.length).toBe(asked)
  })
})
