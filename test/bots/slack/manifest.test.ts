// The Slack manifest says exactly what the code does: events, commands, scopes, and where requests go.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readSlackEvent } from '../../../src/bots/slack/read-slack-event.ts'
import {
  COMMANDS,
  DEFAULT_PROMPTS,
  EVENTS,
  FEATURE_SCOPES,
  HOME_COMMAND,
  MESSAGE_SHORTCUTS,
  METHODS,
  OPTIONAL_METHODS,
} from '../../../src/bots/slack/surface.ts'

const manifest = z
  .object({
    _metadata: z.object({ major_version: z.literal(2), minor_version: z.number() }),
    display_information: z.object({
      name: z.string().max(35),
      description: z.string().max(140),
      long_description: z.string().min(175).max(4000),
    }),
    features: z.object({
      app_home: z.object({
        home_tab_enabled: z.literal(true),
        messages_tab_enabled: z.literal(true),
        messages_tab_read_only_enabled: z.literal(false),
      }),
      agent_view: z.object({
        agent_description: z.string().max(300),
        suggested_prompts: z.array(z.object({ title: z.string(), message: z.string() })).max(4),
      }),
      shortcuts: z
        .array(
          z.object({
            name: z.string().max(24),
            type: z.literal('message'),
            callback_id: z.string().max(255),
            description: z.string().max(150),
          }),
        )
        .max(10),
      slash_commands: z.array(
        z.object({
          command: z.string().regex(/^\/[a-z]{1,31}$/),
          url: z.url(),
          description: z.string().max(2000),
          usage_hint: z.string().min(1).max(1000).optional(),
          should_escape: z.literal(false),
        }),
      ),
    }),
    oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()), bot_optional: z.array(z.string()) }) }),
    settings: z.object({
      event_subscriptions: z.object({ request_url: z.url(), bot_events: z.array(z.string()) }),
      interactivity: z.object({ is_enabled: z.literal(true), request_url: z.url() }),
      socket_mode_enabled: z.literal(false),
    }),
  })
  .parse(JSON.parse(readFileSync(new URL('../../../manifest/slack.json', import.meta.url), 'utf8')))

const sources = new URL('../../../src/bots/slack/', import.meta.url)
const code = readdirSync(sources)
  .filter((name) => name.endsWith('.ts') && name !== 'surface.ts')
  .map((name) => readFileSync(new URL(name, sources), 'utf8'))
  .join('\n')

test('the events that are subscribed are those that are handled', () => {
  expect(manifest.settings.event_subscriptions.bot_events.toSorted()).toEqual(Object.keys(EVENTS).toSorted())
  const me = { botUser: 'UBOT', botId: 'B1', team: 'T1' }
  for (const name of Object.keys(EVENTS)) {
    const type = name.split('.')[0] ?? ''
    const event = {
      type,
      channel: 'D1',
      channel_type: 'im',
      user: 'U1',
      ts: '1.1',
      thread_ts: '1.1',
      tab: 'messages',
      text: '<@UBOT> hi',
    }
    const reading = readSlackEvent({ type: 'event_callback', event_id: 'Ev1', team_id: 'T1', event }, me)
    expect(reading?.kind, name).not.toBe('ignored')
  }
})

test('the scopes are those that the events, methods and features need, and no more', () => {
  const needed = [...Object.values(EVENTS), ...Object.values(METHODS), FEATURE_SCOPES].flat()
  expect(manifest.oauth_config.scopes.bot.toSorted()).toEqual([...new Set<string>(needed)].toSorted())
  expect(manifest.oauth_config.scopes.bot_optional).toEqual([...new Set(Object.values(OPTIONAL_METHODS).flat())])
})

test('the table of methods is that of the methods the code calls', () => {
  const named = [
    ...code.matchAll(
      /'((?:chat|conversations|assistant\.threads|agents\.\w+|views|files|auth|users|reactions)\.\w+)'/g,
    ),
  ]
  const called = new Set(named.map((match) => match[1]))
  expect([...called].toSorted()).toEqual([...Object.keys(METHODS), ...Object.keys(OPTIONAL_METHODS)].toSorted())
})

/** Slack keeps these for itself, and does not install an app that claims one. */
const SLACKS_OWN = new Set(
  '/active /apps /archive /away /call /collapse /dm /dnd /expand /feed /feedback /huddle /invite /join /keys /kick /leave /me /msg /mute /open /prefs /remind /remove /rename /search /shortcuts /shrug /star /status /topic /who'.split(
    ' ',
  ),
)

test('the commands are those of the tools that Slack does not keep for itself, and ask', () => {
  const folder = new URL('../../../src/tools/', import.meta.url)
  const tools = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'))
  const declared = tools.flatMap((tool) => tool.match(/^ {4}commands: \[[\s\S]*?^ {4}\]/gm) ?? [])
  const names = declared.flatMap((block) => [...block.matchAll(/\bname: '([a-z]+)'/g)].map((match) => `/${match[1]}`))
  expect(names.length).toBeGreaterThan(5)
  expect(Object.keys(COMMANDS).toSorted()).toEqual(
    ['/ask', ...names.filter((name) => !SLACKS_OWN.has(name) && name !== `/${HOME_COMMAND}`)].toSorted(),
  )
})

test("no command is one of Slack's own", () => {
  expect(Object.keys(COMMANDS).filter((command) => SLACKS_OWN.has(command))).toEqual([])
})

test('the commands and the prompts are those of the code, and all addresses are one', () => {
  const listed = manifest.features.slash_commands.map(({ command, description, usage_hint = '' }) => [
    command,
    { description, usage_hint },
  ])
  expect(Object.fromEntries(listed)).toEqual(COMMANDS)
  expect(manifest.features.agent_view.suggested_prompts).toEqual([...DEFAULT_PROMPTS])
  const { event_subscriptions, interactivity } = manifest.settings
  const urls = [
    event_subscriptions.request_url,
    interactivity.request_url,
    ...manifest.features.slash_commands.map(({ url }) => url),
  ]
  expect(new Set(urls).size).toBe(1)
  expect(new URL(urls[0] ?? '').pathname).toBe('/slack/events')
})

test('the entries of the message menu are those that the code reads', () => {
  const listed = manifest.features.shortcuts.map(({ callback_id, name, description }) => [
    callback_id,
    { name, description },
  ])
  const read = Object.entries(MESSAGE_SHORTCUTS).map(([id, { name, description }]) => [id, { name, description }])
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(read))
  for (const { command } of Object.values(MESSAGE_SHORTCUTS)) expect(Object.keys(COMMANDS)).toContain(`/${command}`)
})
