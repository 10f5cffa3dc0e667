// What this face uses of Slack, in one table: the manifest is compared with it, and the code takes its names from it.

/** The slash commands of the manifest, with what Slack shows of each while it is typed. None is one of Slack's own. */
export const COMMANDS = {
  '/ask': { description: 'Ask the documentation', usage_hint: 'How do I reset my password?' },
  '/promote': { description: 'Show the evidence for a version and ask for approval', usage_hint: '[model] v3' },
  '/rollback': { description: 'Put the previous version back in charge', usage_hint: '[model]' },
  '/champion': { description: 'Say which version answers, now or then', usage_hint: '[model] on 2026-11-01' },
  '/promotions': { description: 'List what was promoted and rolled back', usage_hint: '' },
  '/versions': { description: 'List the registered versions', usage_hint: '[model]' },
  '/evals': { description: 'Show the evaluation of a version, or compare two', usage_hint: '[model] v2 v3' },
  '/evaluate': { description: 'Evaluate a version', usage_hint: '[model] v3' },
  '/approval': { description: 'Show the card of a request', usage_hint: 'a7f3k2' },
  '/approvals': { description: 'Show every card in this channel too', usage_hint: 'here' },
  '/approve': { description: 'Approve a request', usage_hint: 'a7f3k2' },
  '/reject': { description: 'Reject a request, or withdraw your own', usage_hint: 'a7f3k2 the reason' },
  '/triage': { description: 'Triage one ticket: category, fields and a summary', usage_hint: 'I was charged twice' },
  '/correct': { description: 'Correct what was found in a ticket', usage_hint: 't-1a2b3c category=billing' },
  '/tickets': { description: 'Triage the tickets of a day or a week, as table and chart', usage_hint: 'yesterday' },
  '/query': { description: 'Ask the tickets a question, answered by SQL', usage_hint: 'How many are urgent?' },
  '/finetune': {
    description: 'Train the next version of a model, after approval',
    usage_hint: 'corrections --epochs 20',
  },
  '/ingest': { description: 'Bring the documentation into the index again', usage_hint: '' },
  '/pairs': { description: 'Get the answers that were kept for training, as a file', usage_hint: '' },
  '/cases': { description: "Look through questions that people's feedback proposed", usage_hint: '' },
  '/review': { description: 'Record that you looked at a request afterwards', usage_hint: 'a7f3k2' },
  '/nightly': {
    description: 'Measure every night, or now, and post the report here',
    usage_hint: 'at 07:00 Europe/Berlin',
  },
  '/report': { description: 'Show the report of a night', usage_hint: 'yesterday' },
  '/snooze': {
    description: 'Keep a failing question out of the report for a while',
    usage_hint: 'q07 until 2026-12-24',
  },
  '/assign': { description: 'Say who looks after a failing question', usage_hint: 'q07 me' },
} as const

/** The entries of a message's menu in the manifest, by callback id, and the command that each one gives. */
export const MESSAGE_SHORTCUTS = {
  triage_thread: {
    name: 'Triage this thread',
    description: 'Category, fields and a summary of what was written here, as a card in the thread',
    command: 'triage',
  },
} as const

/** Events this face handles, by their name in the manifest, with the scopes Slack demands for the subscription. */
export const EVENTS = {
  app_mention: ['app_mentions:read'],
  app_home_opened: [],
  agent_session_stopped: ['assistant:write'],
  'message.im': ['im:history'],
  'message.mpim': ['mpim:history'],
  'message.channels': ['channels:history'],
  'message.groups': ['groups:history'],
} as const

/** Web API methods this face calls, with the bot scopes they need. Reading a thread needs the history scopes above. */
export const METHODS = {
  'auth.test': [],
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'chat.delete': ['chat:write'],
  'chat.startStream': ['chat:write'],
  'chat.appendStream': ['chat:write'],
  'chat.stopStream': ['chat:write'],
  'assistant.threads.setStatus': ['chat:write'],
  'assistant.threads.setTitle': ['assistant:write'],
  'assistant.threads.setSuggestedPrompts': ['assistant:write'],
  'conversations.replies': ['channels:history', 'groups:history', 'im:history', 'mpim:history'],
  'conversations.history': ['channels:history', 'groups:history', 'im:history', 'mpim:history'],
  'users.info': ['users:read'],
  'views.open': [],
  'views.publish': [],
  'files.getUploadURLExternal': ['files:write'],
  'files.completeUploadExternal': ['files:write'],
} as const
export type SlackMethod = keyof typeof METHODS | keyof typeof OPTIONAL_METHODS

/** Only with `allowReactions`; their scopes are optional in the manifest. */
export const OPTIONAL_METHODS = {
  'reactions.add': ['reactions:write'],
  'reactions.remove': ['reactions:write'],
} as const

/** Scopes of features that are no method and no event. */
export const FEATURE_SCOPES = ['commands'] as const

export const FEEDBACK_ACTION = 'feedback'
/** Command that gives the content of the Home tab; nobody types it here. */
export const HOME_COMMAND = 'home'
/** Prefix of the action ids of a reply's own buttons. */
export const BUTTON_PREFIX = 'lakedesk:'
/** Prefix of the block ids of a form. */
export const FORM_PREFIX = 'lakedesk-form:'
export const REASON_VIEW = 'feedback-reason'
export const METADATA_TYPE = 'lakedesk_reply'

/** Shown in an empty agent pane; Slack takes at most four. */
export const DEFAULT_PROMPTS = [
  { title: 'Reset a password', message: 'How do I reset my password?' },
  { title: 'Set up single sign-on', message: 'How do I configure SSO with Azure AD?' },
  { title: 'Check an order', message: 'How do I check my order status?' },
] as const
