// The new config of an endpoint: the model's entity replaced, everything that belongs to others kept.
import { describe, expect, it } from 'vitest'
import type { EndpointConfig } from '../../src/platform/ports/serving.ts'
import { tellConfig, tellEndpoint, toCanaryConfig, toChanges, toPromotedConfig } from '../../src/promotion/changes.ts'

const MODEL = 'ml.rag.docs_rag'
const settings = { workload_size: 'Large', environment_vars: { A: '{{secrets/a/b}}' } }
const own = { name: 'docs_rag-2', model: MODEL, version: '2', settings }
const other = { name: 'guard-7', model: 'ml.rag.guard', version: '7', settings: { workload_size: 'Small' } }
const config = (entities: EndpointConfig['entities'], ...shares: number[]): EndpointConfig => ({
  entities,
  routes: shares.map((percentage, at) => ({ entity: entities[at]?.name ?? '', percentage })),
})

describe('the config after a promotion', () => {
  it('carries the settings of the old entity over', () => {
    expect(toPromotedConfig(config([own], 100), MODEL, '3')).toEqual({
      entities: [{ name: 'docs_rag-3', model: MODEL, version: '3', settings }],
      routes: [{ entity: 'docs_rag-3', percentage: 100 }],
    })
  })

  it('keeps entities and routes of other models', () => {
    expect(toPromotedConfig(config([other, own], 30, 70), MODEL, '3')).toEqual({
      entities: [other, { ...own, name: 'docs_rag-3', version: '3' }],
      routes: [
        { entity: 'guard-7', percentage: 30 },
        { entity: 'docs_rag-3', percentage: 70 },
      ],
    })
  })

  it('ends a canary that was left half way, with the settings of the entity that has most of the traffic', () => {
    const half = { ...own, name: 'docs_rag-3', version: '3', settings: { workload_size: 'Small' } }
    const split = config([half, own], 10, 90)
    expect(toPromotedConfig(split, MODEL, '3')).toEqual(config([half], 100))
    expect(toPromotedConfig(split, MODEL, '4').entities[0]?.settings).toEqual(settings)
    expect(toPromotedConfig(split, MODEL, '2')).toEqual(config([own], 100))
  })

  it('begins an endpoint that never had a config', () => {
    expect(toPromotedConfig(null, MODEL, '1')).toEqual({
      entities: [{ name: 'docs_rag-1', model: MODEL, version: '1', settings: {} }],
      routes: [{ entity: 'docs_rag-1', percentage: 100 }],
    })
  })

  it('finds a name that is free and that platforms take', () => {
    const twin = { ...other, name: 'docs_rag-3' }
    expect(toPromotedConfig(config([own, twin], 50, 50), MODEL, '3').entities[1]?.name).toBe('docs_rag-3-2')
    const long = toPromotedConfig(null, `a.b.${'ä name '.repeat(20)}`, '12').entities[0]?.name ?? ''
    expect(long).toMatch(/^[A-Za-z0-9_-]{1,63}$/)
    expect(long.endsWith('-12')).toBe(true)
  })

  it('changes nothing that it was given', () => {
    const before = config([other, own], 30, 70)
    const copy = structuredClone(before)
    toPromotedConfig(before, MODEL, '3')
    toCanaryConfig(before, MODEL, '3', 10)
    expect(before).toEqual(copy)
  })
})

describe('the config of a canary', () => {
  it.each([
    [10, [90, 10]],
    [1, [99, 1]],
    [99, [1, 99]],
  ])('%i percent', (percentage, shares) => {
    const canary = toCanaryConfig(config([own], 100), MODEL, '3', percentage)
    expect(canary?.routes.map((route) => route.percentage)).toEqual(shares)
    expect(canary?.entities.map(({ version }) => version)).toEqual(['2', '3'])
  })

  it('splits the share of the model alone, and always sums to 100', () => {
    for (let share = 2; share <= 98; share++) {
      for (const percentage of [1, 10, 50, 99]) {
        const canary = toCanaryConfig(config([other, own], 100 - share, share), MODEL, '3', percentage)
        const routes = canary?.routes ?? []
        expect(routes[0]).toEqual({ entity: 'guard-7', percentage: 100 - share })
        expect(routes.every((route) => route.percentage >= 1)).toBe(true)
        expect(routes.reduce((sum, route) => sum + route.percentage, 0)).toBe(100)
      }
    }
  })

  it('is none where there is nothing to split', () => {
    expect(toCanaryConfig(null, MODEL, '3', 10)).toBeNull()
    expect(toCanaryConfig(config([own], 100), MODEL, '2', 10)).toBeNull()
    expect(toCanaryConfig(config([other, own], 99, 1), MODEL, '3', 10)).toBeNull()
  })
})

describe('the words of a change', () => {
  it('say alias and endpoint, each from what to what', () => {
    const before = config([other, own], 30, 70)
    const after = toPromotedConfig(before, MODEL, '3')
    const move = { model: MODEL, alias: 'Champion', endpoint: 'desk', from: '2', to: '3', before, after, canary: null }
    expect(toChanges(move)).toEqual(['alias Champion: v2 -> v3', 'desk: docs_rag-2 (v2, 70%) -> docs_rag-3 (v3, 70%)'])
    expect(tellConfig(null)).toBe('nothing')
  })

  it('of an endpoint change with its settings and with what is under way, and not with the order of entities', () => {
    const endpoint = {
      name: 'desk',
      id: 'x',
      ready: true,
      update: 'NOT_UPDATING' as const,
      config: config([own], 100),
      pending: null,
      message: '',
    }
    const told = tellEndpoint(endpoint)
    expect(told).toMatch(/^desk: docs_rag-2 \(v2, 100%\), ready, no update running, settings [0-9a-f]{8}$/)
    const large = { ...own, settings: { ...settings, workload_size: 'Medium' } }
    expect(tellEndpoint({ ...endpoint, config: config([large], 100) })).not.toBe(told)
    expect(tellEndpoint({ ...endpoint, pending: config([other], 100) })).toContain('to guard-7 (v7, 100%)')
    const one = tellEndpoint({ ...endpoint, config: config([own, other], 70, 30) })
    expect(tellEndpoint({ ...endpoint, config: config([other, own], 30, 70) })).toBe(one)
  })
})
