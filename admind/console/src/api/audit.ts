import { request, type Loading } from './client'
import type { components } from './schema'

export type AuditEntry = components['schemas']['AuditEntry']

export interface AuditPage {
  entries: AuditEntry[]
  next: string | null // null: the trail ends here
}

export interface AuditReport {
  verified: boolean
  entries: number
  last_hash: string | null // null: there is no entry
  fault: string | null
}

export type AuditKind = '' | 'refusals' // of what: the trail itself, or what strangers were refused

export function listAudit(
  kind: AuditKind,
  action: string, // `key.create`, or all of a noun: `key`; empty: any
  before: string | undefined,
  limit: number,
  loading: Loading,
): Promise<AuditPage> {
  return request('GET', '/audit', { ...loading, query: { kind, action, before, limit } })
}

export function verifyAudit(): Promise<AuditReport> {
  return request('POST', '/audit/verify')
}
