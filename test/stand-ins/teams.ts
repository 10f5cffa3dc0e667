// The Teams stand-in of the playground, for tests.
export * from '../../src/playground/teams/create-teams-stand-in.ts'
