// The tools for versions at their front door: looked up, evaluated, promoted and rolled back on the embedded platform.
import { afterEach, describe, expect, it } from 'vitest'
import { MODEL } from '../promotion/world.ts'
import { versionDesk, whyOf } from './version-desk.ts'

let closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing) await close()
  closing = []
})

async function desk(options?: Parameters<typeof versionDesk>[0]) {
  const opened = await versionDesk(options)
  closing.push(opened.close)
  return opened
}

describe('looking up', () => {
  it('lists the versions with their aliases and newest runs', async () => {
    const { read, world } = await desk()
    const newer = await world.evaluate('3', { faithfulness: [0.5, 0.6] })
    const { says, model } = await read('versions')
    expect(says?.text).toBe(`${MODEL} has 3 versions. Champion is v2.`)
    const table = says?.blocks?.find(({ kind }) => kind === 'table')
    expect(table?.kind === 'table' && table.rows.map(([version, , alias]) => [version, alias])).toEqual([
      ['v3', ''],
      ['v2', 'Champion'],
      ['v1', ''],
    ])
    expect(model).toContain(`in run ${newer}`)
    expect(model).toMatch(/v1: READY, .+ not evaluated/)
  })

  it('reads the evaluation of a version, or of the one in use, each number with its run', async () => {
    const { read, say, world } = await desk()
    const { model, says } = await read('evals V3')
    expect(says?.text).toMatch(/^v3 was evaluated on 60 questions of support by the judge offline/)
    const [run] = /(?<=run )[0-9a-f]{32}/.exec(model) ?? []
    for (const line of model.split('\n')) expect(line).toContain(run)
    expect(model).toMatch(/faithfulness\/v1\/mean: 4\.60 \(.+\), 60 rows/)
    expect((await read('evals')).says?.text).toMatch(/^v2 was evaluated/)
    const none = await read('evals v1')
    expect(none.says?.buttons).toEqual([{ action: 'evaluate', label: 'Evaluate v1', value: { version: '1' } }])
    expect(whyOf(await say('evals v99'))).toBe(`There is no version v99 of ${MODEL}. There are v3, v2, v1.`)
    expect(whyOf(await say('evals banana'))).toContain('Versions are written as v3')
    expect(world.store).toBeDefined()
  })

  it('compares two versions, or says why they cannot be compared', async () => {
    const { read, say, world } = await desk()
    const { model, says } = await read('evals v3 v2')
    expect(says?.text).toContain('v3 is better on faithfulness than v2 on 60 questions')
    const runs = new Set([...model.matchAll(/run ([0-9a-f]{32})/g)].map(([, run]) => run))
    expect(runs.size).toBe(2)
    expect(model).toMatch(/difference \+0\.40 \(\+0\.\d+ to \+0\.\d+\), questions better \/ worse \/ same 60 \/ 0 \/ 0/)
    expect(whyOf(await say('evals v2 v2'))).toContain('Both are v2')
    expect((await read('evals v3 v1')).says?.text).toContain('v1 was never evaluated')
    await world.evaluate('1', { faithfulness: [1, 1] }, { judge: 'llama' })
    const apart = await read('evals v3 v1')
    expect(apart.says?.text).toContain('cannot be compared')
    expect(apart.says?.buttons).toHaveLength(1)
  })
})

describe('evaluating', () => {
  it('runs at once what is free and short, and ends with the table and the run', async () => {
    const { ask, ended, find, read } = await desk()
    const id = await ask('evaluate v1')
    const approval = await ended(id)
    expect(approval.state).toBe('done')
    const card = find('run-evaluation')?.approval?.card(approval)
    expect(card?.text).toContain('Evaluation of v1 on sample/questions: 6 questions')
    expect(card?.blocks?.map(({ kind }) => kind)).toEqual(['table', 'fields'])
    expect(card?.buttons).toEqual([{ action: 'ask-again', label: 'Promote v1', value: { version: '1' } }])
    expect((await read('evals v1')).model).toContain(approval.outcome ?? 'nothing')
  })

  it('asks first whoever asks where it costs something', async () => {
    const { ask, say, ended, find, approvals } = await desk({ price: 2 })
    const id = await ask('evaluate v1')
    const open = await approvals.get(id)
    expect(
      open &&
        find('run-evaluation')
          ?.approval?.card(open)
          .buttons?.map(({ label }) => label),
    ).toEqual(['Start', 'Do not start'])
    expect(whyOf(await say(`approve ${id}`, 'slack/T0/UBO'))).toContain('Only Ana')
    expect(whyOf(await say(`approve ${id}`, 'teams/acme/ana'))).toBe('done')
    expect((await ended(id)).state).toBe('done')
  })

  it('refuses what is no version', async () => {
    const { say } = await desk()
    expect(whyOf(await say('evaluate'))).toContain('write `evaluate v3`')
    expect(whyOf(await say('evaluate v9'))).toContain('There is no version v9')
  })
})

describe('promoting', () => {
  it('moves alias and endpoint after somebody else approved, and records who and on what', async () => {
    const { ask, say, ended, champion, served, read } = await desk()
    const id = await ask('promote v3')
    expect(await champion()).toBe('2')
    expect((await read('promotions')).says?.buttons).toEqual([
      { action: 'show-card', label: `Show ${id}`, value: { approval: id } },
    ])
    expect(whyOf(await say(`approve ${id}`))).toContain('You asked for this yourself')
    expect(whyOf(await say(`approve ${id}`, 'slack/T0/UCY'))).toContain('You may not decide')
    expect(whyOf(await say(`approve ${id}`, 'teams/acme/bo'))).toBe('done')
    expect(await ended(id)).toMatchObject({ state: 'done', review: 'none' })
    expect([await champion(), await served()]).toEqual(['3', ['3']])
    const now = (await read('champion')).model
    expect(now).toContain(`v3 of ${MODEL} is Champion since`)
    expect(now).toContain('asked by Ana (ana@acme.example), approved by Bo (bo@acme.example)')
    expect(now).toMatch(/evaluation run [0-9a-f]{32}/)
    expect(whyOf(await say('promote v3'))).toContain('nothing to promote')
  })

  it('is void where the alias moved meanwhile, naming from and to', async () => {
    const { ask, say, approvals, registry, served } = await desk()
    const id = await ask('promote v3')
    await registry.setAlias(MODEL, 'Champion', '1')
    const why = whyOf(await say(`approve ${id}`, 'slack/T0/UBO'))
    expect(why).toMatch(/Champion moved from v2.* to v1/)
    expect((await approvals.get(id))?.state).toBe('void')
    expect(await served()).toEqual(['2'])
  })

  it('shows a dry run and stores nothing', async () => {
    const { read, approvals, say } = await desk()
    expect((await read('promote v3 --dry-run')).says?.text).toContain('Dry run')
    expect(await approvals.list({ limit: 9 })).toEqual([])
    const failing = await say('promote v1 --dry-run')
    expect(failing).toMatchObject({ kind: 'refused' })
  })

  it('offers to evaluate what was never evaluated', async () => {
    const { say } = await desk()
    const outcome = await say('promote v1')
    expect(outcome).toMatchObject({
      kind: 'refused',
      says: { buttons: [{ action: 'evaluate', label: 'Evaluate v1', value: { version: '1' } }] },
    })
  })

  it('refuses what fails the gate, and needs two others where it is forced', async () => {
    const three = ['ana@acme.example', 'bo@acme.example', 'cy@acme.example']
    const { say, ask, ended, world, champion, read } = await desk({
      policy: { approval: { approvers: three, privileges: [] } },
    })
    await world.evaluate('3', { faithfulness: Array.from({ length: 60 }, () => 0.2) })
    expect(whyOf(await say('promote v3'))).toContain('does not pass the gate')
    const id = await ask('promote v3 —force “an outage of v2”')
    await say(`approve ${id}`, 'slack/T0/UBO')
    expect(await champion()).toBe('2')
    expect(whyOf(await say(`approve ${id}`, 'teams/acme/bo'))).toContain('a person counts once')
    await say(`approve ${id}`, 'slack/T0/UCY')
    expect(await ended(id)).toMatchObject({ state: 'done', forced: 'an outage of v2' })
    expect(await champion()).toBe('3')
    expect((await read('promotions')).model).toContain('It was forced past a gate that did not pass: an outage of v2')
  })

  it.each([
    ['promote banana', 'is no version'],
    ['promote', 'Which version?'],
    ['promote v99', 'There is no version v99'],
    ['promote v2', 'is Champion'],
    ['promote v3 now please', 'Name one version'],
    ['promote v3 --fast', 'There is no option --fast'],
    ['promote v3 --force', 'needs a text behind it'],
  ])('says what is wrong with `%s`', async (line, why) => {
    const { say, approvals } = await desk()
    expect(whyOf(await say(line))).toContain(why)
    expect(await approvals.list({ limit: 9 })).toEqual([])
  })

  it('lets one request at a time through for a model', async () => {
    const { ask, say } = await desk()
    const id = await ask('promote v3')
    expect(whyOf(await say('promote v3', 'slack/T0/UBO'))).toContain(`Write \`approval ${id}\` to see its card`)
  })
})

describe('rolling back', () => {
  it('takes one listed person, who may be the asker, and a review by another', async () => {
    const { ask, say, ended, champion, served, read, clock, find } = await desk()
    const promoted = await ask('promote v3')
    await say(`approve ${promoted}`, 'slack/T0/UBO')
    await ended(promoted)
    clock.now += 3_600_000
    const id = await ask('rollback')
    expect(whyOf(await say(`approve ${id}`))).toBe('done')
    const approval = await ended(id)
    expect(approval).toMatchObject({ state: 'done', review: 'pending' })
    expect([await champion(), await served()]).toEqual(['2', ['2']])
    expect(find('request-rollback')?.approval?.card(approval).buttons).toContainEqual({
      action: 'review',
      label: 'I have reviewed it',
      value: { approval: id },
    })
    expect((await read('promotions')).says?.text).toContain('To be reviewed')
    expect(whyOf(await say(`review ${id}`, 'teams/acme/ana'))).toContain('somebody else')
    expect(whyOf(await say(`review ${id}`, 'slack/T0/UBO'))).toBe('done')
    expect((await read('promotions')).says?.text).not.toContain('To be reviewed')
    const before = await read(`champion on ${new Date(clock.now - 1_800_000).toISOString()}`)
    expect(before.model).toContain(`v3 of ${MODEL} was Champion`)
  })

  it('refuses without a version to go back to, and takes none', async () => {
    const { say } = await desk()
    expect((await say('rollback')) as object).toMatchObject({ kind: 'refused' })
    expect(whyOf(await say('rollback v1'))).toContain('takes no version')
  })
})

describe('people from outside', () => {
  it('may use none of these tools', async () => {
    const { tools, say } = await desk()
    expect(tools.filter((tool) => tool.openToGuests)).toEqual([])
    const user = { id: 'UANA', tenant: 'T0', external: true }
    for (const line of ['versions', 'evaluate v1', 'promote v3', 'rollback', 'promotions', 'approve a7f3k2']) {
      expect(whyOf(await say(line, 'slack/T0/UANA', { user }))).toContain('Guests and people of other organisations')
    }
  })
})

describe('asking about the past', () => {
  it('refuses what is no time', async () => {
    const { say } = await desk()
    expect(whyOf(await say('champion on Tuesday'))).toContain('is no date')
    expect(whyOf(await say('champion of the world'))).toContain('champion on 2026-11-01')
  })
})

describe('where cards are shown', () => {
  it('is said by approvers alone', async () => {
    const { say, store, read } = await desk()
    expect(whyOf(await say('approvals here', 'slack/T0/UCY'))).toContain('Only people on the list of approvers')
    expect(whyOf(await say('approvals here'))).toBe('done')
    expect(await store.places.list('approvals')).toHaveLength(1)
    expect((await read('approvals list')).says?.text).toContain('desk:one')
    expect((await read('approvals off')).says?.text).toContain('no longer')
    expect((await read('approvals off')).says?.text).toContain('were not shown')
    expect(whyOf(await say('approvals everywhere'))).toContain('approvals here')
  })
})
