// Warehouses of the local lakehouse: they sleep, start over some looks, and may fail to.
import { randomBytes } from 'node:crypto'
import type { State } from './state.ts'
import { type Call, flag, invalid, notFound, refuse, required, route, text, type Values, whole } from './wire.ts'

export type WarehouseState = 'STARTING' | 'RUNNING' | 'STOPPING' | 'STOPPED' | 'DELETING' | 'DELETED'

interface Warehouse {
  id: string
  name: string
  state: WarehouseState
  health: { status: string; summary: string }
  warehouse_type: string
  enable_serverless_compute: boolean
  cluster_size: string
  /** What else was given, told as it was. */
  more: Values
}

const ROOT = '/api/2.0/sql/warehouses'

const SIZES = [
  '2X-Small',
  'X-Small',
  'Small',
  'Medium',
  'Large',
  'X-Large',
  '2X-Large',
  '3X-Large',
  '4X-Large',
  '5X-Large',
]

/** `host` such as `http://127.0.0.1:8085`, known once it listens. */
export function createWarehouses(state: State, host: () => string) {
  const warehouses = state.table<Warehouse>('warehouses')
  const save = (warehouse: Warehouse): void => warehouses.put(warehouse.id, warehouse)
  let looksLeft = 0
  const control = {
    /** Looks that a start takes. */
    startLooks: 2,
    /** What a start ends with. */
    startsAs: 'RUNNING' as WarehouseState,
    starts: 0,
    add(id: string, name: string, state: WarehouseState = 'RUNNING'): void {
      const health = { status: 'HEALTHY', summary: '' }
      const size = { warehouse_type: 'PRO', enable_serverless_compute: true, cluster_size: '2X-Small' }
      warehouses.put(id, { id, name, state, health, ...size, more: {} })
    },
    set(id: string, state: WarehouseState): void {
      const warehouse = warehouses.get(id)
      if (warehouse) save({ ...warehouse, state })
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
    save(warehouse)
  }

  function show({ more, ...warehouse }: Warehouse) {
    const { hostname, port } = new URL(host())
    const odbc_params = { hostname, path: `/sql/1.0/warehouses/${warehouse.id}`, protocol: 'http', port: Number(port) }
    const num_clusters = warehouse.state === 'RUNNING' ? 1 : 0
    const size = { min_num_clusters: 1, max_num_clusters: 1, auto_stop_mins: 10, enable_photon: true }
    return { ...size, ...more, ...warehouse, num_clusters, num_active_sessions: 0, odbc_params }
  }
  /** A warehouse moves on between two looks at it. */
  function look(warehouse: Warehouse) {
    const seen = show(warehouse)
    if (warehouse.state === 'STOPPING') warehouse.state = 'STOPPED'
    if (warehouse.state === 'STARTING') {
      looksLeft -= 1
      if (looksLeft <= 0) {
        warehouse.state = control.startsAs
        const failed = control.startsAs !== 'RUNNING'
        warehouse.health = { status: failed ? 'FAILED' : 'HEALTHY', summary: failed ? 'No capacity in the region' : '' }
      }
    }
    if (seen.state !== warehouse.state) save(warehouse)
    return seen
  }

  function read(args: Values, id: string, state: WarehouseState): Warehouse {
    const { name: _, warehouse_type: __, cluster_size: ___, enable_serverless_compute: ____, id: _____, ...more } = args
    const name = required(args, 'name')
    if (name.length >= 100) throw invalid('The name of a warehouse has fewer than 100 characters.')
    const cluster_size = text(args, 'cluster_size') || '2X-Small'
    if (!SIZES.includes(cluster_size)) throw invalid(`cluster_size '${cluster_size}' is none of ${SIZES.join(', ')}.`)
    const warehouse_type = text(args, 'warehouse_type') || 'CLASSIC'
    if (!['PRO', 'CLASSIC'].includes(warehouse_type))
      throw invalid(`warehouse_type '${warehouse_type}' is none of PRO, CLASSIC.`)
    const minutes = whole(args, 'auto_stop_mins', 120)
    if (minutes !== 0 && minutes < 10) throw invalid('auto_stop_mins is 0, or at least 10.')
    const enable_serverless_compute = flag(args, 'enable_serverless_compute')
    const health = { status: 'HEALTHY', summary: '' }
    return { id, name, state, health, warehouse_type, enable_serverless_compute, cluster_size, more }
  }
  function create({ args }: Call): unknown {
    const taken = warehouses.values().some(({ name }) => name === text(args, 'name'))
    if (taken)
      throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `A SQL warehouse named ${text(args, 'name')} already exists.`)
    const id = randomBytes(8).toString('hex')
    save(read(args, id, 'RUNNING'))
    return { id }
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
      route(`GET ${ROOT}`, () => ({ warehouses: warehouses.values().map(show) })),
      route(`POST ${ROOT}`, create),
      route(`POST ${ROOT}/{id}/edit`, ({ at, args }: Call) => {
        const warehouse = find(required(at, 'id'))
        save(read({ name: warehouse.name, ...args }, warehouse.id, warehouse.state))
        return {}
      }),
      route(`DELETE ${ROOT}/{id}`, ({ at }: Call) => {
        warehouses.delete(find(required(at, 'id')).id)
        return {}
      }),
      route(`GET ${ROOT}/{id}`, ({ at }: Call) => look(find(required(at, 'id')))),
      route(`POST ${ROOT}/{id}/start`, ({ at }: Call) => {
        start(find(required(at, 'id')))
        return {}
      }),
      route(`POST ${ROOT}/{id}/stop`, ({ at }: Call) => {
        save({ ...find(required(at, 'id')), state: 'STOPPED' })
        return {}
      }),
    ],
  }
}
