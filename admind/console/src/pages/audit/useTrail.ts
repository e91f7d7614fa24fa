// The audit trail as far as it was loaded: older pages come below, new entries above, and nothing
// moves away from under the reader, unless more came at once than a page holds.

import { onScopeDispose, ref, shallowRef } from 'vue'

import { listAudit, type AuditEntry, type AuditFilter, type AuditPage } from '@/api/audit'
import { isAbort } from '@/api/client'

const PAGE_LENGTH = 50

export function useTrail(filter: () => AuditFilter) {
  const entries = shallowRef<AuditEntry[]>()
  const next = ref<string | null>(null)
  const error = shallowRef<unknown>()
  const moreError = shallowRef<unknown>()
  const loading = ref(false)
  const loadingMore = ref(false)
  let running = new AbortController()

  const page = (before: string | undefined, background: boolean) =>
    listAudit(filter(), before, PAGE_LENGTH, { signal: running.signal, background })

  // Begins anew, for another filter.
  async function reload(): Promise<void> {
    running.abort()
    const own = (running = new AbortController())
    loading.value = true
    loadingMore.value = false
    moreError.value = undefined
    try {
      const first = await page(undefined, false)
      if (own !== running) return
      entries.value = first.entries
      next.value = first.next
      error.value = undefined
    } catch (failure) {
      if (own === running && !isAbort(failure)) error.value = failure
    } finally {
      if (own === running) loading.value = false
    }
  }

  async function more(): Promise<void> {
    if (next.value === null || loadingMore.value) return
    const own = running
    loadingMore.value = true
    moreError.value = undefined
    try {
      const older = await page(next.value, false)
      if (own !== running) return
      entries.value = [...(entries.value ?? []), ...older.entries]
      next.value = older.next
    } catch (failure) {
      if (own === running && !isAbort(failure)) moreError.value = failure
    } finally {
      if (own === running) loadingMore.value = false
    }
  }

  // With what is newest, and a page of older entries under way is of the list before.
  function begin(first: AuditPage): void {
    running.abort()
    running = new AbortController()
    loadingMore.value = false
    entries.value = first.entries
    next.value = first.next
  }

  // Puts what is new on top. A failure is left to the next time: what is shown is still true.
  async function refresh(): Promise<void> {
    if (loading.value) return
    if (entries.value === undefined || error.value) return reload()
    const own = running
    try {
      const first = await page(undefined, true)
      if (own !== running) return
      const joined = merged(first.entries, entries.value)
      if (joined === undefined) begin(first)
      else entries.value = joined
    } catch {
      return
    }
  }

  onScopeDispose(() => running.abort())
  return { entries, next, error, moreError, loading, loadingMore, reload, more, refresh }
}

// Nothing if more new ones than a page leave a gap, which is never shown as if there were none.
export function merged(fresh: AuditEntry[], known: AuditEntry[]): AuditEntry[] | undefined {
  const ids = new Set(known.map((entry) => entry.id))
  const news = fresh.filter((entry) => !ids.has(entry.id))
  const isGap = news.length > 0 && news.length === fresh.length && known.length > 0
  return isGap ? undefined : [...news, ...known]
}
