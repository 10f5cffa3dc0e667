// assistant.threads.* and agents.sessions.*: the status, title and suggestions of the agent pane.
import { listOf } from './json.ts'
import { type Methods, openChannel } from './method-parts.ts'
import { refuse, text } from './refuse.ts'
import type { SlackWorld } from './slack-world.ts'

const SESSION_STATES = ['active', 'processing', 'suspended', 'closed']

export function createAgentMethods(world: SlackWorld): Methods {
  const title = (channel: string, thread: string, words: string) => {
    if (words.length > 200) refuse('invalid_arguments')
    world.titles.set(`${channel}:${thread}`, words)
    world.changedAround()
    return {}
  }
  return {
    'assistant.threads.setStatus': (args) => {
      const { status } = args
      if (typeof status !== 'string') refuse('invalid_arguments')
      world.setStatus(openChannel(world, args, 'channel_id'), text(args, 'thread_ts'), String(status))
      return {}
    },
    'assistant.threads.setTitle': (args) =>
      title(openChannel(world, args, 'channel_id'), text(args, 'thread_ts'), text(args, 'title')),
    /** Source: https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts (at most four). */
    'assistant.threads.setSuggestedPrompts': (args) => {
      const prompts = Array.isArray(args.prompts) ? listOf(args.prompts) : refuse('invalid_arguments')
      const fits = prompts.every((prompt) => typeof prompt.title === 'string' && typeof prompt.message === 'string')
      if (prompts.length > 4 || !fits) refuse('invalid_arguments')
      world.prompts.set(openChannel(world, args, 'channel_id'), prompts)
      world.changedAround()
      return {}
    },
    'agents.sessions.setStatus': (args) => {
      const status = text(args, 'status')
      if (!SESSION_STATES.includes(status)) refuse('invalid_arguments')
      const [channel, thread] = [openChannel(world, args, 'channel_id'), text(args, 'thread_ts')]
      world.setStatus(channel, thread, status === 'processing' ? 'is working' : '')
      return {}
    },
    'agents.sessions.rename': (args) =>
      title(openChannel(world, args, 'channel_id'), text(args, 'thread_ts'), text(args, 'title')),
  }
}
