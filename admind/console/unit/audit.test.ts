import { describe, expect, it } from 'vitest'

import type { AuditEntry } from '@/api/audit'
import { changes } from '@/pages/audit/sentence'
import { merged } from '@/pages/audit/useTrail'

const entry = (id: number) => ({ id: String(id) }) as AuditEntry
const ids = (entries: AuditEntry[] | undefined) => entries?.map(({ id }) => id)

describe('the audit trail', () => {
  it('puts new entries on top, and begins anew rather than hide a gap', () => {
    const known = [3, 2, 1].map(entry)
    expect(ids(merged([5, 4, 3].map(entry), known))).toEqual(['5', '4', '3', '2', '1'])
    expect(ids(merged([3, 2].map(entry), known))).toEqual(['3', '2', '1'])
    expect(merged([9, 8, 7].map(entry), known)).toBeUndefined()
    expect(ids(merged([2, 1].map(entry), []))).toEqual(['2', '1'])
  })

  it('says nothing of fields that an edit left as they were', () => {
    const detail = {
      day: { from: 5, to: 7 },
      note: { from: 'a', to: 'a' },
      networks: { from: [], to: [] },
    }
    const edit = { action: 'key.update', object: 'x', actor: 'user:a', time: '', detail }
    expect(changes(edit as unknown as AuditEntry)).toHaveLength(1)
  })
})
