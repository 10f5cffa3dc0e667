// `lakedesk serve` and the Teams stand-in with real tokens both ways: signed activities in, the bot's own token out.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTeamsStandIn, type TeamsStandIn } from '../../src/playground/teams/create-teams-stand-in.ts'
import { createTeamsPeople, type TeamsPeople } from '../../src/playground/teams/teams-people.ts'
import { WORKSPACE } from '../playground/teams/workspace.ts'
import { eventually, makeSite, type Served, type Site, startServed } from './served.ts'

let site: Site
let teams: TeamsStandIn
let served: Served
let people: TeamsPeople

beforeAll(async () => {
  site = await makeSite()
  teams = await createTeamsStandIn({ workspace: WORKSPACE })
  served = await startServed({
    ...site.env,
    MicrosoftAppId: teams.appId,
    MicrosoftAppPassword: teams.appPassword,
    MicrosoftAppTenantId: teams.tenantId,
    ToBotFromChannelOpenIdMetadataUrl: teams.metadataUrl,
    ToChannelFromBotLoginUrl: teams.loginUrl,
  })
  people = createTeamsPeople(teams, { messagesUrl: `${served.url}/api/messages` })
})

afterAll(async () => {
  people.close()
  await served.stop('SIGTERM')
  await teams.close()
  site.dispose()
})

const answers = () => teams.view().messages.filter(({ from, stream }) => from === 'bot' && stream === 'done')

describe('a server that checks the tokens of a stand-in', () => {
  it('answers who is genuine, with a token of its own', async () => {
    await people.post({ as: 'sam', chat: 'a:sam', text: 'How do I rotate an API key?', mention: false })
    const answer = await eventually(() => answers()[0], 'an answer in Teams')
    expect(answer.text).toContain('Console > Keys')
    expect(JSON.stringify(answer.activity)).toContain('https://docs.acme.example/rotate-keys')
    expect(teams.tokenRequests.length).toBeGreaterThan(0)
    expect(teams.calls.every(({ status }) => status < 400)).toBe(true)
  })

  it('answers nobody without a token, with a token for another bot, or with keys of another stand-in', async () => {
    const other = await createTeamsStandIn({ workspace: WORKSPACE })
    const url = `${served.url}/api/messages`
    const tokens = [null, await teams.sign({ aud: 'another-bot' }), await other.sign({ serviceurl: teams.serviceUrl })]
    for (const token of tokens)
      expect((await teams.sendMessage(url, { user: 'sam', text: 'x', token })).status).toBe(401)
    await other.close()
    expect(answers()).toHaveLength(1)
    expect(served.log()).not.toContain(teams.appPassword)
  })
})
