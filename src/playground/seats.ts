// The people of the playground: each has one account in Slack and one in Teams.
import type { Seat } from './words.ts'

export const SEATS: readonly Seat[] = [
  {
    id: 'sam',
    name: 'Sam Okafor',
    role: 'support',
    about: 'Answers customers: asks the documentation, sorts tickets, says when an answer was wrong.',
    slackUser: 'USAM',
    teamsUser: 'sam',
  },
  {
    id: 'ana',
    name: 'Ana Lindqvist',
    role: 'engineer',
    about: 'Builds the assistant: evaluates its versions and asks for a promotion.',
    slackUser: 'UANA',
    teamsUser: 'ana',
  },
  {
    id: 'bo',
    name: 'Bo Tanaka',
    role: 'approver',
    about: 'Approves or rejects promotions, and may roll back.',
    slackUser: 'UBO',
    teamsUser: 'bo',
  },
]
