// The Teams stand-in beside Microsoft's own SDK: a bot on botbuilder's CloudAdapter and connector client talks to it.
import {
  type Activity,
  CardFactory,
  type ConversationReference,
  MessageFactory,
  TeamsInfo,
  TurnContext,
} from 'botbuilder'
import { afterEach, describe, expect, it } from 'vitest'
import { createTeamsStandIn } from '../../../src/playground/teams/create-teams-stand-in.ts'
import { createTeamsPeople } from '../../../src/playground/teams/teams-people.ts'
import { startBotbuilderBot } from './botbuilder-bot.ts'
import { MANIFEST, WORKSPACE } from './workspace.ts'

const CARD = {
  type: 'AdaptiveCard',
  version: '1.5',
  body: [{ type: 'TextBlock', text: 'Pick one' }],
  actions: [{ type: 'Action.Execute', title: 'Refresh', verb: 'refresh', data: { n: 1 } }],
}

let close: (() => Promise<void>) | null = null
afterEach(async () => {
  await close?.()
  close = null
})

async function start(logic: (context: TurnContext) => Promise<void>) {
  const teams = await createTeamsStandIn({ workspace: WORKSPACE, manifest: MANIFEST })
  const bot = await startBotbuilderBot(teams, logic)
  const people = createTeamsPeople(teams, { messagesUrl: bot.url, retryMs: [] })
  close = async () => {
    people.close()
    await bot.close()
    await teams.close()
  }
  const botTexts = (chat: string) => teams.view().messages.filter((one) => one.chat === chat && one.from === 'bot')
  return { teams, bot, people, botTexts }
}

describe('a bot on botbuilder', () => {
  it('takes a signed message, answers it, changes its answer and takes it back', async () => {
    const { bot, people, botTexts, teams } = await start(async (context) => {
      await context.sendActivity({ type: 'typing' })
      const sent = await context.sendActivity(`You said ${context.activity.text}`)
      await context.updateActivity({ ...MessageFactory.text('changed'), id: sent?.id ?? '' })
      const gone = await context.sendActivity('to be taken back')
      await context.deleteActivity(gone?.id ?? '')
    })
    const said = await people.post({ as: 'sam', chat: 'a:sam', text: 'hello', mention: false })
    await people.settled()
    expect(bot.failures).toEqual([])
    expect(said).toMatchObject({ ok: true })
    expect(botTexts('a:sam')).toMatchObject([{ text: 'changed', edited: true }])
    expect(teams.conversation('a:sam').typing).toBe(1)
  })

  it('is not spoken to with a token of somebody else', async () => {
    const other = await createTeamsStandIn({ workspace: WORKSPACE })
    const { bot, teams } = await start(async (context) => void (await context.sendActivity('never')))
    const forged = await other.sign({ serviceurl: teams.serviceUrl })
    const { status } = await teams
      .sendMessage(bot.url, { user: 'sam', text: 'x', token: forged })
      .catch(() => ({ status: 500 }))
    await other.close()
    expect(status).toBeGreaterThanOrEqual(401)
    expect(teams.view().messages).toEqual([])
  })

  it('hears its name alone in a channel, and answers in the thread', async () => {
    const heard: string[] = []
    const { people, teams } = await start(async (context) => {
      heard.push(TurnContext.removeRecipientMention(context.activity)?.trim() ?? '')
      await context.sendActivity('in the thread')
    })
    const chat = '19:general@thread.tacv2'
    const post = await people.post({ as: 'eve', chat, text: 'not for the bot', mention: false })
    await people.post({ as: 'eve', chat, text: 'and now?', mention: true, root: post.ok ? post.id : '' })
    await people.settled()
    expect(heard).toEqual(['and now?'])
    const [first, second, third] = teams.view().messages
    expect(first).toMatchObject({ from: 'eve', text: 'not for the bot' })
    expect([second?.root, third?.root]).toEqual([first?.id, first?.id])
    expect(third).toMatchObject({ from: 'bot', text: 'in the thread' })
  })

  it('refreshes a card by answering Action.Execute, for the one who pressed it', async () => {
    const fresh = { ...CARD, body: [{ type: 'TextBlock', text: 'Fresh' }], actions: [] }
    const { people, botTexts, teams } = await start(async (context) => {
      if (context.activity.type !== 'invoke') {
        await context.sendActivity({ attachments: [CardFactory.adaptiveCard(CARD)] })
        return
      }
      expect(context.activity).toMatchObject({
        name: 'adaptiveCard/action',
        value: { action: { type: 'Action.Execute', verb: 'refresh', data: { n: 1, note: 'x' } }, trigger: 'manual' },
      })
      const value = { statusCode: 200, type: 'application/vnd.microsoft.card.adaptive', value: fresh }
      await context.sendActivity({ type: 'invokeResponse', value: { status: 200, body: value } })
    })
    await people.post({ as: 'sam', chat: '19:group@thread.v2', text: 'card', mention: true })
    await people.settled()
    const [card] = botTexts('19:group@thread.v2')
    const at = { as: 'eve', chat: card?.chat ?? '', id: card?.id ?? '' }
    const action = CARD.actions[0] ?? {}
    expect(await people.act({ ...at, action, data: { n: 1, note: 'x' } })).toEqual({ ok: true })
    expect(teams.view().messages.at(-1)?.cards).toEqual({ eve: fresh })
  })

  it('opens a chat, begins a thread, and finds out who is there', async () => {
    const seen: unknown[] = []
    const { bot, people, teams } = await start(async (context) => {
      seen.push(await TeamsInfo.getMember(context, context.activity.from.id))
      seen.push((await TeamsInfo.getPagedMembers(context, 2)).members.length)
      const [reference, id] = await TeamsInfo.sendMessageToTeamsChannel(
        context,
        MessageFactory.text('a new post') as Activity,
        '19:releases@thread.tacv2',
        teams.appId,
      )
      seen.push(reference.conversation.id, id)
    })
    await people.post({ as: 'bo', chat: '19:general@thread.tacv2', text: 'go', mention: true })
    await people.settled()
    expect(bot.failures).toEqual([])
    const [post] = teams.view().messages.filter(({ chat }) => chat === '19:releases@thread.tacv2')
    expect(post).toMatchObject({ from: 'bot', text: 'a new post' })
    expect(seen[0]).toMatchObject({ name: 'Bo Carter', email: 'bo@tallyport.example', id: '29:bo' })
    expect(seen[1]).toBe(2)
    expect(seen[2]).toBe(`19:releases@thread.tacv2;messageid=${post?.id}`)

    const reference: Partial<ConversationReference> = {
      channelId: 'msteams',
      serviceUrl: teams.serviceUrl,
      bot: { id: `28:${teams.appId}`, name: 'Lakedesk' },
      conversation: { id: 'a:eve', isGroup: false, conversationType: 'personal', name: '' },
    }
    await bot.adapter.continueConversationAsync(teams.appId, reference, async (context) => {
      await context.sendActivity('by the way')
    })
    expect(teams.view().messages.at(-1)).toMatchObject({ chat: 'a:eve', text: 'by the way' })
  })
})
