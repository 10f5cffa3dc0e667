// Reads the promotion policy file of the settings.
import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { createPeople, type People } from '../approvals/people.ts'
import { LakedeskError } from '../core/errors.ts'
import { DEFAULT_POLICY, type Policy, parsePolicy } from '../promotion/policy.ts'

/** The policy, its evaluation sets found beside the file. Throws POLICY_INVALID where the file is missing or wrong. */
export function loadPolicy(path: string | undefined): Policy {
  if (path === undefined) return DEFAULT_POLICY
  const policy = parsePolicy(parseFile(path), path)
  return { ...findSet(policy, path), also: policy.also.map((further) => findSet(further, path)) }
}

/** A set that is a file lies beside the policy. */
function findSet<T extends { evaluationSet?: string | undefined }>(named: T, path: string): T {
  const { evaluationSet: set } = named
  if (set === undefined || set.startsWith('dataset:') || isAbsolute(set)) return named
  return { ...named, evaluationSet: join(dirname(path), set) }
}

function parseFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const why = error instanceof SyntaxError ? `is no JSON (${error.message})` : 'cannot be read'
    throw new LakedeskError(
      'POLICY_INVALID',
      `The promotion policy ${path} ${why}, so nothing was started. Correct it, or unset LAKEDESK_POLICY; docs/promotion.md describes the file.`,
      error,
    )
  }
}

/** Throws POLICY_INVALID where one account belongs to two people. */
export function linkPeople(policy: Policy): People {
  try {
    return createPeople(policy.people)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'two people share an account'
    const sentence = `The promotion policy links one account to two people (${why}), so nobody could tell who clicked. Correct people in the policy file.`
    throw new LakedeskError('POLICY_INVALID', sentence, error)
  }
}
