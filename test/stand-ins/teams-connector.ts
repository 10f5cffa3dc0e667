// The connector of the Teams stand-in, for tests.
export * from '../../src/playground/teams/refused.ts'
export * from '../../src/playground/teams/teams-connector.ts'
