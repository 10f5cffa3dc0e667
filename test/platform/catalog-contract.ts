// What every driver of governance must do: each driver's test calls this.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Catalog } from '../../src/platform/ports/catalog.ts'
import { newName } from './contract-basics.ts'

export interface CatalogUnderTest {
  catalog: Catalog
  /** A registered model. */
  model: string
  /** People with every privilege they effectively have on the model, in any order. */
  people: readonly { name: string; privileges: readonly string[]; groups?: readonly string[] }[]
  /** Somebody who was switched off, where the platform knows that. */
  inactive?: string
  close(): Promise<void>
}

export function describeCatalogContract(name: string, open: () => Promise<CatalogUnderTest>): void {
  describe(`${name} keeps the contract of the catalog`, () => {
    let under: CatalogUnderTest
    beforeAll(async () => {
      under = await open()
    })
    afterAll(() => under?.close())

    it('finds people by the name that grants spell', async () => {
      expect(under.people.length).toBeGreaterThan(1)
      for (const { name: principal, groups = [] } of under.people) {
        const found = await under.catalog.findPrincipal(principal)
        expect(found).toMatchObject({ name: principal, active: true })
        expect([...(found?.groups ?? [])].sort()).toEqual([...groups].sort())
      }
    })

    it('finds nobody of a name that nobody has', async () => {
      const first = under.people[0]?.name ?? ''
      expect(await under.catalog.findPrincipal(`${newName('nobody')}@example.com`)).toBeNull()
      expect(await under.catalog.findPrincipal(first.slice(0, -1))).toBeNull()
      expect(await under.catalog.findPrincipal('')).toBeNull()
    })

    it('tells that somebody was switched off', async (context) => {
      if (under.inactive === undefined) return context.skip('this platform switches nobody off')
      expect(await under.catalog.findPrincipal(under.inactive)).toMatchObject({ name: under.inactive, active: false })
    })

    it('gives the effective privileges, sorted and each once', async () => {
      for (const { name: principal, privileges } of under.people) {
        const found = await under.catalog.effectivePrivileges(under.model, principal)
        expect(found).toEqual([...new Set(privileges)].sort())
      }
    })

    it('tells what a first version of another model would be governed by', async () => {
      const fresh = `${under.model}_${newName('fresh')}`
      for (const { name: principal, privileges } of under.people) {
        const found = await under.catalog.schemaPrivileges(fresh, principal)
        expect(found).toEqual(await under.catalog.schemaPrivileges(under.model, principal))
        // What is granted on the schema holds on its models too.
        const inherited = found.filter((privilege) => privilege !== 'OWNER')
        expect(privileges).toEqual(expect.arrayContaining(inherited))
      }
      expect(await under.catalog.schemaPrivileges(fresh, `${newName('nobody')}@example.com`)).toEqual([])
    })

    it('gives no privilege to a stranger, nor on a model that is not there', async () => {
      const stranger = `${newName('nobody')}@example.com`
      expect(await under.catalog.effectivePrivileges(under.model, stranger)).toEqual([])
      for (const { name: principal } of under.people) {
        const absent = `${under.model}_${newName('absent')}`
        expect(await under.catalog.effectivePrivileges(absent, principal)).toEqual([])
      }
    })
  })
}
