// Rows that were just changed stay where they are, in their new state, though the filter would no
// longer list them or the order would move them: the next click must not meet another row.

import type { Key } from '@/api/types'

export interface KeptRows {
  order: string[] // the ids as they are shown
  changed: Map<string, Key>
}

// The shown rows stay, those that were changed take their new state, and what is listed besides
// them follows. A row that was not changed and is listed no more goes.
export function withKept(listed: Key[], kept: KeptRows | undefined): Key[] {
  if (!kept) return listed
  const fresh = new Map(listed.map((key) => [key.id, key]))
  const shown = kept.order.flatMap((id) => fresh.get(id) ?? kept.changed.get(id) ?? [])
  const ids = new Set(shown.map((key) => key.id))
  return [...shown, ...listed.filter((key) => !ids.has(key.id))]
}

// A key after a switch that answered with no more than that it was made: without a tag.
export function switched(key: Key, enabled: boolean, now_s = Date.now() / 1000): Key {
  const status = enabled ? statusOn(key, now_s) : 'disabled'
  return { ...key, enabled, status, etag: undefined }
}

function statusOn({ expires_at_unix: expiry, day, month }: Key, now_s: number): Key['status'] {
  if (expiry !== null && expiry <= now_s) return 'expired'
  const isUsedUp = [day, month].some(({ limit, used }) => limit > 0 && used >= limit)
  return isUsedUp ? 'exhausted' : 'active'
}
