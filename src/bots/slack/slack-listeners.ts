// What Bolt does once a turn is stored: acknowledges commands and buttons, opens the form, fills the agent pane.
import type { App } from '@slack/bolt'
import type { Log } from '../../core/log.ts'
import { readSlackButton } from './read-slack-action.ts'
import { readSlackEvent, type SlackIdentity } from './read-slack-event.ts'
import { escapeSlack } from './render-slack-mrkdwn.ts'
import { readSlackAddress } from './slack-address.ts'
import { type SlackApi, SlackCallError } from './slack-api.ts'
import { REASON_VIEW, type SlackMethod } from './surface.ts'

export interface Prompt {
  readonly title: string
  readonly message: string
}

export interface ListenerParts {
  api: SlackApi
  log: Log
  me: () => SlackIdentity
  prompts: readonly Prompt[]
}

/** None of these may fail a turn, which is stored already, or hold it up: each is tried once, and failures are logged. */
export function addSlackListeners(app: App, parts: ListenerParts): void {
  const tryCall = async (method: SlackMethod, args: Record<string, unknown>) => {
    try {
      await parts.api.callOnce(method, args)
    } catch (error) {
      if (!(error instanceof SlackCallError)) throw error
      parts.log.warn('Slack did not take a side call', { method, reason: error.reason })
    }
  }

  app.command(/.*/, async ({ ack, command }) => {
    const what = command.command === '/ask' ? 'it. The answer' : `${escapeSlack(command.command)}. What comes of it`
    await ack({ response_type: 'ephemeral', text: `Working on ${what} will appear in this channel.` })
  })

  app.action(/.*/, async ({ ack, body }) => {
    await ack()
    const pressed = readSlackButton(body, parts.me())
    if (pressed?.asksWhy) {
      await tryCall('views.open', { trigger_id: pressed.triggerId, view: renderReasonForm(pressed.form) })
    }
  })

  app.view(REASON_VIEW, async ({ ack }) => {
    await ack()
  })

  app.event('app_home_opened', async ({ body }) => {
    const reading = readSlackEvent(body, parts.me())
    if (reading?.kind !== 'home' || parts.prompts.length === 0) return
    await tryCall('assistant.threads.setSuggestedPrompts', {
      channel_id: reading.channel,
      title: 'Ask about the documentation',
      prompts: parts.prompts.slice(0, 4).map(({ title, message }) => ({ title, message })),
    })
  })

  app.event('message', async ({ body }) => {
    const reading = readSlackEvent(body, parts.me())
    if (reading?.kind !== 'turn' || reading.turn.kind !== 'message') return
    const place = readSlackAddress(reading.turn.address)
    const title = reading.turn.text.replace(/\s+/g, ' ').slice(0, 80)
    if (!place.direct || place.thread !== place.message || title === '') return
    await tryCall('assistant.threads.setTitle', { channel_id: place.channel, thread_ts: place.thread, title })
  })
}

function renderReasonForm(form: string): Record<string, unknown> {
  return {
    type: 'modal',
    callback_id: REASON_VIEW,
    private_metadata: form,
    title: { type: 'plain_text', text: 'What went wrong?' },
    submit: { type: 'plain_text', text: 'Send' },
    close: { type: 'plain_text', text: 'Skip' },
    blocks: [
      {
        type: 'input',
        block_id: 'reason',
        optional: true,
        label: { type: 'plain_text', text: 'What was wrong or missing? Your rating is already saved.' },
        element: { type: 'plain_text_input', action_id: 'reason', multiline: true, max_length: 3000 },
      },
    ],
  }
}
