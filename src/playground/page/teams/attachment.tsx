// What hangs on a message: cards, files that are offered or given, pictures.
import { useState } from 'preact/hooks'
import type { TeamsMessageView } from '../../words.ts'
import { Icon } from '../shell/icon.tsx'
import { act } from '../state/deeds.ts'
import { seat } from '../state/seat.ts'
import { teams } from '../state/store.ts'
import { AdaptiveCardView } from './card/adaptive-card.tsx'
import { type Attachment, toSize } from './read-activity.ts'

interface AttachmentProps {
  message: TeamsMessageView
  attachment: Attachment
}

export function AttachmentView({ message, attachment }: AttachmentProps) {
  switch (attachment.kind) {
    case 'card':
      return <AdaptiveCardView chat={message.chat} id={message.id} content={attachment.content} />
    case 'consent':
      return <Consent message={message} offer={attachment} />
    case 'file':
      return <GivenFile file={attachment} />
    case 'image':
      return <img class="t-message-picture" src={attachment.url} alt={attachment.name} loading="lazy" />
    case 'unknown':
      return (
        <p class="t-message-unknown">
          <Icon name="warning" /> This client does not know an attachment of the type {attachment.type}.
        </p>
      )
  }
}

function Consent({ message, offer }: { message: TeamsMessageView; offer: Extract<Attachment, { kind: 'consent' }> }) {
  const [answer, setAnswer] = useState<'accept' | 'decline' | null>(null)

  async function say(action: 'accept' | 'decline'): Promise<void> {
    setAnswer(action)
    const done = await act({ do: 'teams-consent', as: seat.peek().id, chat: message.chat, id: message.id, action })
    if (!done.ok) setAnswer(null)
  }

  return (
    <div class="t-file-card">
      <span class="t-file-mark" aria-hidden="true">
        <Icon name="file" />
      </span>
      <div class="t-file-words">
        <strong>{offer.name}</strong>
        <span>{toSize(offer.bytes)}</span>
        {offer.description !== '' && <p>{offer.description}</p>}
        <div class="t-file-actions">
          <button type="button" class="t-button t-button-main" disabled={answer !== null} onClick={() => say('accept')}>
            {answer === 'accept' ? 'Saving' : 'Accept'}
          </button>
          <button type="button" class="t-button" disabled={answer !== null} onClick={() => say('decline')}>
            Decline
          </button>
        </div>
      </div>
    </div>
  )
}

/** Where the drive that stands behind this playground has it, it can be fetched. */
function GivenFile({ file }: { file: Extract<Attachment, { kind: 'file' }> }) {
  const kept =
    teams.value.files.find(({ id }) => id === file.id) ?? teams.value.files.findLast(({ name }) => name === file.name)
  const url = kept?.url ?? (/^https?:\/\//.test(file.url) ? file.url : '')
  return (
    <div class="t-file-card">
      <span class="t-file-mark" aria-hidden="true">
        <Icon name="file" />
      </span>
      <div class="t-file-words">
        <strong>{file.name}</strong>
        {kept && <span>{toSize(kept.bytes)}</span>}
      </div>
      {url !== '' && (
        <a class="t-button" href={url} download={file.name}>
          <Icon name="download" /> Download
        </a>
      )}
    </div>
  )
}
