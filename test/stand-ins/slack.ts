// The playground's Slack, for tests.
export * from '../../src/playground/slack/sign-slack.ts'
export * from '../../src/playground/slack/slack-stand-in.ts'
