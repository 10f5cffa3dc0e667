// Where the playground's Slack and the emulator answer differently, and why: whatever is not in this table fails the test.
import type { Shapes } from './slack-script.ts'

export interface Difference {
  /** Such as `chat.update message.bot_id`. */
  at: string
  emulator: string
  ours: string
}

interface Reason {
  at: RegExp
  /** Who has it and the other not; `both`: they have something else each. */
  only: 'emulator' | 'ours' | 'both'
  why: string
}

const FILE = String.raw`(files.uploadV2 files\[\].files\[\]|files.info file)`

export const REASONS: readonly Reason[] = [
  // What the emulator adds.
  {
    at: /^(conversations.(list|info) channels?(\[\])?\.(name_normalized|is_(group|mpim|open)|last_read|creator|created|purpose\.\w+|topic\.(creator|last_set))|auth.test app_id)$/,
    only: 'emulator',
    why: 'Fields of a channel and of the app that no bot of ours reads: the stand-in states none that it does not keep.',
  },
  {
    at: /^users.(list members\[\]|info user)\.(is_admin|profile\.(phone|skype|email|image_\d+|\w+_normalized|status_\w+(\[\])?|huddle_\w+))$/,
    only: 'emulator',
    why: 'A profile has more fields at Slack too; the e-mail needs a scope that our manifest does not ask for.',
  },
  {
    at: new RegExp(
      String.raw`^${FILE}\.(created|timestamp|pretty_type|user(_team)?|editable|is_(external|public|starred)|external_type|public_url_shared|display_as_bot|(channels|groups|ims)\[\]|comments_count|has_rich_preview|initial_comment|thread_ts|shares\..*)$`,
    ),
    only: 'emulator',
    why: 'Fields of a file that no bot of ours reads. Under `shares` each server names its own channel.',
  },
  {
    at: /^files.uploadV2 files\[\]\.files\[\]\.(name|mimetype|filetype|size|mode|url_private(_download)?|permalink)$/,
    only: 'emulator',
    why: 'files.completeUploadExternal is documented to answer with id and title alone; files.info tells the rest.',
  },
  {
    at: /^files.info (comments\[\]|paging\.\w+)$/,
    only: 'emulator',
    why: 'Comments on files ended at Slack in 2018; no page of them is told.',
  },
  // What ours adds.
  {
    at: /^(auth.test is_enterprise_install|users.\w+ \S+\.is_(ultra_)?restricted|.* messages?(\[\])?\.(bot_id|thread_ts|latest_reply|reply_users_count))$/,
    only: 'ours',
    why: 'Documented by Slack, and our bots read them (guests, own messages, threads); the emulator leaves them out.',
  },
  {
    at: /^conversations.replies response_metadata.next_cursor$/,
    only: 'ours',
    why: 'Documented: a thread is read in pages. The emulator gives it whole.',
  },
  {
    at: /^chat.postMessage in a thread message.blocks\[\]$/,
    only: 'ours',
    why: 'An empty list where Slack would make a rich_text block of the text; the emulator leaves it out.',
  },
  {
    at: /^files.info file.shares.public/,
    only: 'ours',
    why: 'Under `shares` each server names its own channel.',
  },
  // Refusals.
  {
    at: /^a wrong token /,
    only: 'both',
    why: 'invalid_auth is documented. The emulator takes every token as its first user.',
  },
  {
    at: /^an unknown method error$/,
    only: 'both',
    why: 'unknown_method with status 200 is documented. The emulator has no route, and says 404.',
  },
  {
    at: /^an unknown thread /,
    only: 'both',
    why: 'thread_not_found is documented for conversations.replies. The emulator gives an empty list.',
  },
  {
    at: /^privately to nobody known error$/,
    only: 'both',
    why: 'chat.postEphemeral documents user_not_in_channel, and no user_not_found.',
  },
  {
    at: /^blocks that are none error$/,
    only: 'both',
    why: 'invalid_blocks_format is documented for blocks that are no list of objects.',
  },
  {
    at: /^an upload of nothing /,
    only: 'both',
    why: 'files.getUploadURLExternal documents `length` as the size in bytes, and refuses 0; the emulator takes it.',
  },
]

export function listDifferences(emulator: Shapes, ours: Shapes): Difference[] {
  return Object.keys(ours).flatMap((step) => {
    const [a = {}, b = {}] = [emulator[step], ours[step]]
    return [...new Set([...Object.keys(a), ...Object.keys(b)])]
      .filter((path) => a[path] !== b[path])
      .map((path) => ({ at: `${step} ${path}`, emulator: a[path] ?? 'nothing', ours: b[path] ?? 'nothing' }))
  })
}

export function explains({ at, only }: Reason, difference: Difference): boolean {
  if (!at.test(difference.at)) return false
  if (only === 'both') return true
  // A field of another type is never explained by one that is missing.
  return difference[only === 'ours' ? 'emulator' : 'ours'] === 'nothing'
}
