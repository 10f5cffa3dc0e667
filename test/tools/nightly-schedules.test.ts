// Nights by schedule, through the conversation: made in chat, run at their moment, made up for once, paused, ended, and posted once.
import { afterEach, describe, expect, it } from 'vitest'
import { ben, type NightlyRoom, openNightlyRoom, openNightlyWorld } from './nightly-room.ts'

let rooms: NightlyRoom[] = []
afterEach(async () => {
  for (const room of rooms) await room.close()
  rooms = []
})
async function open(...[world, options]: Partial<Parameters<typeof openNightlyRoom>>): Promise<NightlyRoom> {
  const room = await openNightlyRoom(world ?? (await openNightlyWorld()), options)
  rooms.push(room)
  return room
}

describe('a schedule made in chat', () => {
  it('is agreed to with its cost, fires at its moment, and its report stands at the top of the channel, not in the thread', async () => {
    const room = await open()
    const card = await room.say('nightly at 07:00 Europe/Berlin')
    expect(card.text).toContain('every day at 07:00 Europe/Berlin. The next one is at 2026-11-11 07:00 Europe/Berlin')
    expect(card.text).toContain('no cost')
    await room.settle()
    await room.at('2026-11-11T05:59:59Z')
    expect(room.posts()).toEqual([])
    await room.at('2026-11-11T06:00:01Z')
    expect(room.posts().map(({ text }) => text)).toEqual([expect.stringContaining('Champion v3')])
    await room.at('2026-11-11T06:00:31Z')
    await room.at('2026-11-11T23:00:00Z')
    expect(room.posts()).toHaveLength(1)
    await room.at('2026-11-12T06:00:00Z')
    expect(room.posts()).toHaveLength(2)
    // Nobody is shown a card for what a schedule does.
    expect(room.shown.filter(({ reply }) => reply.text.startsWith('Nightly evaluation of'))).toEqual([])
  })

  it('makes up for several missed nights once', async () => {
    const world = await openNightlyWorld()
    const first = await open(world)
    await first.say('nightly weekdays at 07:00 Europe/Berlin')
    await first.settle()
    await first.close()
    world.clock.now = Date.parse('2026-11-20T15:00:00Z')
    const second = await open(world)
    await second.settle()
    expect(second.posts()).toHaveLength(1)
    expect((await second.report.history()).map(({ date }) => date)).toEqual(['2026-11-20'])
    await second.schedules.tick()
    await second.settle()
    expect(second.posts()).toHaveLength(1)
  })

  it('runs one night where several runners look at once', async () => {
    const world = await openNightlyWorld()
    const first = await open(world)
    await first.say('nightly at 07:00')
    await first.settle()
    const others = [await open(world, {}), await open(world, {})]
    world.clock.now = Date.parse('2026-11-11T07:00:10Z')
    const all = [first, ...others]
    await Promise.all(all.flatMap((room) => [room.schedules.tick(), room.schedules.tick()]))
    await first.settle()
    await Promise.all(all.map((room) => room.schedules.tick()))
    await first.settle()
    const asked = await world.store.approvals.list({ tool: 'run-nightly', limit: 10 })
    expect(asked.map(({ state, askedIn }) => [state, askedIn])).toEqual([['done', expect.stringMatching(/^schedule:/)]])
    expect(world.asked.length).toBe(40)
  })

  it('is paused, resumed without making up for the pause, listed, and ended', async () => {
    const room = await open()
    await room.say('nightly at 07:00')
    await room.settle()
    expect((await room.say('nightly', { user: ben })).text).toContain(
      'every day at 07:00 UTC, next at 2026-11-11 07:00 UTC, set up by Ana',
    )
    expect((await room.say('nightly pause', { user: ben })).text).toContain('paused by Ben')
    await room.at('2026-11-12T08:00:00Z')
    expect(room.posts()).toEqual([])
    expect((await room.say('nightly resume')).text).toContain('next at 2026-11-13 07:00 UTC')
    await room.at('2026-11-12T09:00:00Z')
    expect(room.posts()).toEqual([])
    await room.at('2026-11-13T07:00:00Z')
    expect(room.posts()).toHaveLength(1)
    expect((await room.say('nightly off')).text).toContain('is off')
    await room.at('2026-11-14T07:00:00Z')
    expect(room.posts()).toHaveLength(1)
    expect((await room.say('nightly list')).text).toContain('No nightly report is set up')
  })

  it('belongs to its channel: two channels have one each, and one evaluation serves both', async () => {
    const room = await open()
    await room.say('nightly at 07:00')
    await room.say('nightly at 07:00', { at: 'desk:other', user: ben })
    await room.settle()
    const list = await room.say('nightly')
    expect(list.text).toContain('In other conversations there is one')
    await room
      .say('nightly pause', { at: 'desk:third' })
      .then((reply) => expect(reply.text).toContain('No nightly report is set up in this conversation'))
    await room.at('2026-11-11T07:00:00Z')
    await room.at('2026-11-11T07:00:30Z')
    expect([room.posts().length, room.posts('desk:other').length]).toEqual([1, 1])
    expect(room.world.asked).toHaveLength(40)
  })

  it('measures the candidates of both channels with that one evaluation of Champion', async () => {
    const room = await open()
    await room.say('nightly at 07:00 v4')
    await room.say('nightly at 07:00', { at: 'desk:other', user: ben })
    await room.say('nightly at 08:00 v2', { at: 'desk:third', user: ben })
    await room.settle()
    await room.at('2026-11-11T07:00:00Z')
    await room.at('2026-11-11T07:00:30Z')
    expect([room.posts().length, room.posts('desk:other').length, room.posts('desk:third').length]).toEqual([1, 1, 0])
    const [night, ...more] = await room.report.history()
    expect(more).toEqual([])
    expect(night?.candidates.map(({ version, failure }) => [version, failure])).toEqual([['4', null]])
    expect(room.world.asked).toHaveLength(80)
  })

  it('measures the candidates that are left, and names one that is gone', async () => {
    const room = await open()
    await room.say('nightly at 07:00 v2 v4')
    await room.settle()
    const { registry } = room.world.platform
    const { getVersion } = registry
    registry.getVersion = async (model, version) => (version === '4' ? null : getVersion.call(registry, model, version))
    await room.at('2026-11-11T07:00:00Z')
    const [night] = await room.report.history()
    expect(night?.candidates.map(({ version }) => version)).toEqual(['2', '4'])
    expect(night?.candidates[0]?.failure).toBeNull()
    expect(night?.candidates[1]?.failure).toContain('There is no version v4')
    expect(room.posts()[0]?.text).toContain('v4 could not be measured')
  })

  it('is replaced by another time in the same channel, also on the same day', async () => {
    const room = await open()
    await room.say('nightly at 14:00')
    await room.settle()
    await room.at('2026-11-10T14:00:00Z')
    const card = await room.say('nightly at 15:00')
    expect(card.text).toContain('It replaces: every day at 14:00 UTC')
    await room.settle()
    await room.at('2026-11-10T15:00:00Z')
    expect(room.posts()).toHaveLength(2)
    expect((await room.say('nightly')).text.match(/every day/g)).toHaveLength(1)
  })

  it('is for people who are linked, and not for guests', async () => {
    const room = await open()
    const stranger = { id: 'zoe', tenant: 'acme' }
    for (const line of ['nightly at 07:00', 'nightly now']) {
      expect((await room.say(line, { user: stranger })).text).toContain('linked to no person')
      expect((await room.say(line, { user: { ...stranger, external: true } })).text).toContain('Guests')
    }
    expect((await room.say('nightly', { user: stranger })).outcome).toBe('done')
    await room.say('nightly at 07:00')
    await room.settle()
    expect((await room.say('nightly off', { user: stranger })).text).toContain('linked to no person')
  })

  it.each([
    [
      'nightly at 07:00 Berlin',
      /“Berlin” is no time zone\. Do you mean Europe\/Berlin\? Write `nightly at 07:00 Europe\/Berlin`/,
    ],
    ['nightly at noon', /no time of a day/],
    ['nightly cron * * * * *', /more often than every 15 minutes/],
    ['nightly sometimes', /That is not known of the nightly report\. Write `nightly`/],
    ['nightly at 07:00 v9', /no version v9/],
    ['nightly now please', /“please” is no version/],
  ])('%s says how to write it', async (line, why) => {
    const room = await open()
    const reply = await room.say(line)
    expect(reply.outcome).toBe('refused')
    expect(reply.text).toMatch(why)
  })
})

describe('on the nights on which clocks are changed', () => {
  it.each([
    ['Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25', '2026-10-25T00:30:00.000Z'],
    ['America/New_York', '2026-03-07T12:00:00Z', '2026-03-08', '2026-03-08T07:00:00.000Z'],
  ])('02:30 %s after %s runs once', async (zone, start, date, slot) => {
    const world = await openNightlyWorld({ start })
    const room = await open(world)
    await room.say(`nightly at 02:30 ${zone}`)
    await room.settle()
    for (let at = Date.parse(slot) - 3 * 3_600_000; at < Date.parse(slot) + 5 * 3_600_000; at += 20 * 60_000) {
      await room.at(new Date(at).toISOString())
    }
    const nights = await room.report.history()
    expect(nights.map(({ date: day, at }) => [day, at])).toEqual([[date, slot]])
    expect(room.posts()).toHaveLength(1)
  })
})
