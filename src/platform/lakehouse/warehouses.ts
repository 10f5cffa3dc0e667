// Warehouses of the local lakehouse: they sleep, start over some looks, and may fail to.
import { type Call, notFound, required, route } from './wire.ts'

export type WarehouseState = 'STARTING' | 'RUNNING' | 'STOPPING' | 'STOPPED' | 'DELETING' | 'DELETED'

interface Warehouse {
  id: string
  name: string
  state: WarehouseState
  health: { status: string; summary: string }
  warehouse_type: 'PRO'
  enable_serverless_compute: true
  cluster_size: string
}

const ROOT = '/api/2.0/sql/warehouses'

export function createWarehouses() {
  const warehouses = new Map<string, Warehouse>()
  let looksLeft = 0
  const control = {
    /** Looks that a start takes. */
    startLooks: 2,
    /** What a start ends with. */
    startsAs: 'RUNNING' as WarehouseState,
    starts: 0,
    add(id: string, name: string, state: WarehouseState = 'RUNNING'): void {
      const health = { status: 'HEALTHY', summary: '' }
      const size = { warehouse_type: 'PRO', enable_serverless_compute: true, cluster_size: '2X-Small' } as const
      warehouses.set(id, { id, name, state, health, ...size })
    },
    set(id: string, state: WarehouseState): void {
      const warehouse = warehouses.get(id)
      if (warehouse) warehouse.state = state
    },
  }

  function find(id: string): Warehouse {
    const warehouse = warehouses.get(id)
    if (!warehouse) throw notFound(`No SQL warehouse with ID ${id} was found.`)
    return warehouse
  }

  function start(warehouse: Warehouse): void {
    if (warehouse.state === 'RUNNING' || warehouse.state === 'STARTING') return
    control.starts += 1
    warehouse.state = 'STARTING'
    looksLeft = control.startLooks
  }

  function look(warehouse: Warehouse): Warehouse {
    const seen = { ...warehouse }
    if (warehouse.state === 'STOPPING') warehouse.state = 'STOPPED'
    if (warehouse.state === 'STARTING') {
      looksLeft -= 1
      if (looksLeft <= 0) {
        warehouse.state = control.startsAs
        const failed = control.startsAs !== 'RUNNING'
        warehouse.health = { status: failed ? 'FAILED' : 'HEALTHY', summary: failed ? 'No capacity in the region' : '' }
      }
    }
    return seen
  }

  return {
    control,
    /** A statement wakes the warehouse by itself. False where there is none of this id. */
    wake(id: string): boolean {
      const warehouse = warehouses.get(id)
      if (!warehouse || warehouse.state === 'DELETED' || warehouse.state === 'DELETING') return false
      if (warehouse.state !== 'RUNNING') start(warehouse)
      return true
    },
    routes: [
      route(`GET ${ROOT}`, () => ({ warehouses: [...warehouses.values()] })),
      route(`GET ${ROOT}/{id}`, ({ at }: Call) => look(find(required(at, 'id')))),
      route(`POST ${ROOT}/{id}/start`, ({ at }: Call) => {
        start(find(required(at, 'id')))
        return {}
      }),
      route(`POST ${ROOT}/{id}/stop`, ({ at }: Call) => {
        find(required(at, 'id')).state = 'STOPPED'
        return {}
      }),
    ],
  }
}
