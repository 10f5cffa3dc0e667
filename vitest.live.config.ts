import { defineConfig } from 'vitest/config'

// The suites against real servers, which are installed and started first; `npm test` needs none of them.
// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  test: {
    include: ['test/live/**/*.live.ts'],
    globalSetup: ['test/live/start-mlflow.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', ['json', { outputFile: 'coverage/live-tests.json' }]],
  },
})
