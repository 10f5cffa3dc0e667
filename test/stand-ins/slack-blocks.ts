// The playground's Slack, for tests.
export * from '../../src/playground/slack/check-blocks.ts'
