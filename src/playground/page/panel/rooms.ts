// The rooms of the house that a turn walks through, and which of them an entry of the timeline belongs to.
import type { Entry } from './group-timeline.ts'

export type Room = 'platform' | 'face' | 'conversation' | 'agent' | 'tool'

export const ROOMS: readonly { id: Room; name: string; about: string }[] = [
  { id: 'face', name: 'Face', about: 'Slack or Teams calls the bot; its face reads the event into a turn.' },
  {
    id: 'conversation',
    name: 'Conversation',
    about: 'Takes each turn once and in order, and is the only voice of the bot.',
  },
  { id: 'agent', name: 'Agent', about: 'Asks the model, which answers or asks for a tool.' },
  { id: 'tool', name: 'Tool', about: 'What Lakedesk can do; one gate checks who may.' },
  { id: 'platform', name: 'Platform', about: 'The bot calls Slack or Teams back to show what it has to say.' },
]

export function roomOf(entry: Entry): Room {
  if (entry.kind === 'wire') return entry.wire.direction === 'out' ? 'face' : 'platform'
  return entry.step.kind === 'tool' ? 'tool' : entry.step.kind === 'model' ? 'agent' : 'conversation'
}
