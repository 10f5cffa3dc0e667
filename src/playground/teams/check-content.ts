// What the Teams stand-in refuses of a message: size, attachments, citations, entities; by Microsoft's names.
import { checkCard } from './check-card.ts'
import { badSyntax, entitiesOf, isJson, type Json, listOf, Refused } from './refused.ts'

/** Bytes of a whole activity in UTF-16. */
const MAX_BYTES = 100 * 1024
const MAX_CITATIONS = 20
const MAX_SUGGESTED = 6

const CARD = 'application/vnd.microsoft.card.adaptive'
const CONSENT = 'application/vnd.microsoft.teams.card.file.consent'
const INFO = 'application/vnd.microsoft.teams.card.file.info'

function checkAttachment({ contentType, content, name, contentUrl }: Json): void {
  if (contentType === CARD) {
    if (!isJson(content)) throw badSyntax('An Adaptive Card without content')
    checkCard(content)
  } else if (contentType === CONSENT) {
    const isOffer = isJson(content) && isJson(content.acceptContext) && Number(content.sizeInBytes) > 0
    if (!isOffer || typeof name !== 'string') throw badSyntax('Bad file consent card')
  } else if (contentType === INFO) {
    const isFile = isJson(content) && typeof content.uniqueId === 'string' && typeof content.fileType === 'string'
    if (!isFile || typeof contentUrl !== 'string') throw badSyntax('Bad file info card')
  } else if (!/^image\/(png|jpeg|gif)$/.test(String(contentType))) {
    throw badSyntax(`Unknown attachment type ${String(contentType)}`)
  }
}

/** Source: "Bot messages with AI-generated content": one root entity, at most 20 citations. */
function checkRoot(activity: Json): void {
  const roots = entitiesOf(activity).filter((entity) => entity.type === 'https://schema.org/Message')
  if (roots.length > 1) throw badSyntax('More than one root message entity')
  const citations = listOf(roots[0]?.citation)
  if (citations.length > MAX_CITATIONS) throw badSyntax('More than 20 citations')
  for (const citation of citations) {
    const { name, abstract, url } = isJson(citation.appearance) ? citation.appearance : {}
    if (!Number.isInteger(citation.position)) throw badSyntax('Bad citation position')
    if (typeof name !== 'string' || name === '' || name.length > 80) throw badSyntax('Bad citation name')
    if (typeof abstract !== 'string' || abstract.length > 160) throw badSyntax('Bad citation abstract')
    if (url !== undefined && !/^https?:/.test(String(url))) throw badSyntax('Bad citation url')
  }
}

/** Source: "Suggested actions" (at most six, imBack in the clients), "Mentions" (the text must hold what the entity says). */
function checkAround(activity: Json, personal: boolean): void {
  const { suggestedActions, channelData, text } = activity
  const actions = isJson(suggestedActions) ? listOf(suggestedActions.actions) : []
  if (actions.length > MAX_SUGGESTED) throw badSyntax('More than 6 suggested actions')
  if (actions.length > 0 && !personal) throw badSyntax('Suggested actions are shown in one-to-one chats only')
  if (actions.some((action) => typeof action.title !== 'string' || typeof action.type !== 'string'))
    throw badSyntax('A suggested action without title or type')
  const loop = isJson(channelData) ? channelData.feedbackLoop : undefined
  if (loop !== undefined && !(isJson(loop) && ['default', 'custom'].includes(String(loop.type))))
    throw badSyntax('feedbackLoop must be of type default or custom')
  for (const mention of entitiesOf(activity).filter(({ type }) => type === 'mention')) {
    if (!String(text ?? '').includes(String(mention.text))) throw badSyntax('A mention that the text does not hold')
  }
}

/** Source: "Format your bot messages" (size). Throws Refused. */
export function checkContent(activity: Json, personal: boolean): void {
  for (const attachment of listOf(activity.attachments)) checkAttachment(attachment)
  if (JSON.stringify(activity).length * 2 > MAX_BYTES)
    throw new Refused(413, 'MessageSizeTooBig', 'Message size too large')
  checkRoot(activity)
  checkAround(activity, personal)
}

/** A message that says nothing. Throws Refused. */
export function checkNotEmpty(activity: Json): void {
  const empty = String(activity.text ?? '').trim() === '' && listOf(activity.attachments).length === 0
  if (empty) throw badSyntax('Activity has neither text nor attachments')
}
