// What may be tried in a channel in which nothing was said yet: a click puts it into the box, to be sent or changed.
import { slack } from '../state/store.ts'
import { readCommand } from './completion.ts'
import { setDraft } from './place.ts'

/** By a word in the channel's name; `@` stands for the bot. Commands that this workspace does not have are left out. */
const STARTERS: readonly { where: RegExp; texts: readonly string[] }[] = [
  { where: /release/, texts: ['/versions', '/promote v3', '/champion'] },
  { where: /night/, texts: ['/nightly now', '/report', '/evals'] },
  {
    where: /./,
    texts: ['@ How do I reset my password?', '/triage I was charged twice for order 1182', '/tickets yesterday'],
  },
]

export function Starters({ channel, name }: { channel: string; name: string }) {
  const found = STARTERS.find(({ where }) => where.test(name))?.texts ?? []
  const texts = found
    .filter((text) => {
      const typed = readCommand(text)
      return !typed || slack.value.commands.some(({ command }) => command === typed.command)
    })
    .map((text) => text.replace(/^@/, `@${slack.value.botName}`))
  if (texts.length === 0) return null
  return (
    <ul class="prompts" aria-label="Things to try">
      {texts.map((text) => (
        <li key={text}>
          <button
            type="button"
            onClick={(event) => {
              setDraft(channel, null, text)
              event.currentTarget.closest('.channel-pane')?.querySelector<HTMLElement>('.composer textarea')?.focus()
            }}
          >
            <span>{text}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
