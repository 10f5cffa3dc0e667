// The rooms of the playground: channels of its Slack workspace, chats and channels of its Teams.
import type { SlackWorkspace } from './slack/slack-directory.ts'
import type { TeamsWorkspace } from './teams/teams-workspace.ts'
import type { Seat } from './words.ts'

/** Where cards of approvals and nightly reports go, by the ids that the preparation writes to. */
export const ROOMS = {
  slack: { support: 'CSUPPORT', releases: 'CRELEASES', nightly: 'CNIGHTLY' },
  teams: {
    general: '19:general@thread.tacv2',
    releases: '19:ml-releases@thread.tacv2',
    nightly: '19:nightly@thread.tacv2',
  },
} as const

const TEAM = { id: '19:general@thread.tacv2', name: 'Tallyport' }

/** `manifest`: the Slack app manifest as data. */
export function toSlackWorkspace(seats: readonly Seat[], manifest: unknown): SlackWorkspace {
  const { support, releases, nightly } = ROOMS.slack
  return {
    team: 'Tallyport',
    manifest,
    users: seats.map(({ id, name, slackUser }) => ({ id: slackUser, name: id, realName: name })),
    channels: [
      { id: support, name: 'support', topic: 'Questions of customers: ask @lakedesk, or triage a ticket' },
      { id: releases, name: 'ml-releases', topic: 'Requests to promote a version, and who decided' },
      { id: nightly, name: 'nightly', topic: 'The evaluation of each night' },
    ],
  }
}

export function toTeamsWorkspace(seats: readonly Seat[]): TeamsWorkspace {
  const members = seats.map(({ teamsUser }) => teamsUser)
  const channel = (id: string, name: string) => ({ id, name, kind: 'channel' as const, members, team: TEAM })
  const { general, releases, nightly } = ROOMS.teams
  return {
    botName: 'Lakedesk',
    people: seats.map(({ name, teamsUser }) => ({ id: teamsUser, name })),
    chats: [channel(general, 'General'), channel(releases, 'ML releases'), channel(nightly, 'Nightly')],
  }
}
