import { request, requestTagged, type Loading, type Query, type RequestOptions } from './client'
import type { Key, KeyPage, KeyStatus, NewKey, RotatedKey, Usage } from './types'

export const sorts = ['created', 'user', 'today', 'month'] as const
export type Sort = (typeof sorts)[number]
export type Order = 'asc' | 'desc'

export interface KeyFilter {
  search?: string
  status?: KeyStatus
  sort: Sort
  order: Order
}

export interface KeyLimits {
  user: string
  day: number // requests; 0: unlimited
  month: number
  expires_at: number | null // seconds since 1970
  networks: string[]
  note: string
}

type Keyed = { key: Key }

export function filterQuery(filter: KeyFilter): Query {
  return { ...filter }
}

export function listKeys(
  filter: KeyFilter,
  offset: number,
  limit: number,
  loading: Loading,
): Promise<KeyPage> {
  return request('GET', '/keys', { ...loading, query: { ...filterQuery(filter), offset, limit } })
}

// A whole key travels in the body: addresses are logged.
export function findKey(key: string, loading: Loading): Promise<KeyPage> {
  return request('POST', '/keys/search', { ...loading, body: { key } })
}

// The answer's header goes where a list has it.
async function requestKey(
  method: 'GET' | 'PATCH',
  id: string,
  options: RequestOptions,
): Promise<Key> {
  const { value, tag } = await requestTagged<Keyed>(method, `/keys/${id}`, options)
  return { ...value.key, etag: tag }
}

export function getKey(id: string, loading: Loading): Promise<Key> {
  return requestKey('GET', id, loading)
}

export async function createKeys(limits: KeyLimits, count: number): Promise<NewKey[]> {
  return (await request<{ keys: NewKey[] }>('POST', '/keys', { body: { ...limits, count } })).keys
}

export function changeKey(
  { id, etag }: Key,
  change: Partial<KeyLimits> & { enabled?: boolean },
): Promise<Key> {
  return requestKey('PATCH', id, { body: change, ifMatch: etag })
}

export function deleteKey(id: string): Promise<void> {
  return request('DELETE', `/keys/${id}`)
}

export type BatchAction = 'enable' | 'disable' | 'delete'
export const BATCH_MAX = 1000

// Whoever changed them meanwhile: one header cannot name what many keys were.
export function changeKeys(
  action: BatchAction,
  ids: string[],
  password?: string, // one's own, to delete them
): Promise<{ changed: number; missing: string[] }> {
  return request('POST', '/keys/batch', { body: { action, ids, password } })
}

export async function revealKey(id: string, password: string): Promise<string> {
  const options = { body: { password } }
  return (await request<{ key: string }>('POST', `/keys/${id}/reveal`, options)).key
}

export function rotateKey(id: string, grace: number, password: string): Promise<RotatedKey> {
  return request('POST', `/keys/${id}/rotate`, { body: { grace, password } })
}

export function getKeyUsage(
  id: string,
  from: string,
  to: string,
  loading: Loading,
): Promise<Usage> {
  return request('GET', `/keys/${id}/usage`, { ...loading, query: { from, to } })
}
