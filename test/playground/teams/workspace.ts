// The workspace of the Teams tests: three people, a group, and a team with two channels.
import type { TeamsWorkspace } from '../../../src/playground/teams/create-teams-stand-in.ts'

const members = ['sam', 'eve', 'bo']
const team = { id: '19:general@thread.tacv2', name: 'Tallyport' }

export const WORKSPACE: TeamsWorkspace = {
  people: [
    { id: 'sam', name: 'Sam Reyes' },
    { id: 'eve', name: 'Eve Lind' },
    { id: 'bo', name: 'Bo Carter', aadObjectId: '0f0e0d0c-0000-4000-8000-00000000000b', email: 'bo@tallyport.example' },
  ],
  chats: [
    { id: '19:group@thread.v2', name: 'On call', kind: 'groupChat', members: ['sam', 'eve'] },
    { id: '19:general@thread.tacv2', name: 'General', kind: 'channel', members, team },
    { id: '19:releases@thread.tacv2', name: 'ML releases', kind: 'channel', members, team },
    { id: '19:closed@thread.tacv2', name: 'Closed', kind: 'channel', members: ['eve'], team, bot: false },
  ],
}

export const MANIFEST = {
  bots: [
    { commandLists: [{ scopes: ['personal'], commands: [{ title: 'help', description: 'Say what it can do' }] }] },
  ],
  composeExtensions: [
    { commands: [{ id: 'triage_thread', title: 'Triage', description: '', context: ['message'], fetchTask: true }] },
  ],
}
