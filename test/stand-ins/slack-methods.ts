// The playground's Slack, for tests.
export * from '../../src/playground/slack/slack-methods.ts'
