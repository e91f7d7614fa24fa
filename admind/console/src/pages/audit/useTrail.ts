// The audit trail as far as it was loaded: older pages come below, new entries above, and nothing
// moves away from under the reader, unless more came at once than a page holds. The daemon knows
// actions, and the page what it shows: a text is searched for here, page by page.

import { computed, onScopeDispose, ref, shallowRef } from 'vue'

import { listAudit, type AuditEntry, type AuditKind, type AuditPage } from '@/api/audit'
import { isAbort } from '@/api/client'

import { fits, wordsOf } from './search'

const PAGE_LENGTH = 50
const SEARCH_LENGTH = 500 // of a page that is searched
const SEARCH_PAGES_MAX = 10 // at one go

export interface TrailFilter {
  kind: AuditKind
  action: string // `key.create`, or all of a noun: `key`; empty: any
  text: string // words of what is shown
}

export function useTrail(filter: () => TrailFilter) {
  const known = shallowRef<AuditEntry[]>() // as the daemon gave them
  const words = computed(() => wordsOf(filter().text))
  const entries = computed(() => known.value?.filter((entry) => fits(entry, words.value)))
  const next = ref<string | null>(null)
  const error = shallowRef<unknown>()
  const moreError = shallowRef<unknown>()
  const loading = ref(false)
  const loadingMore = ref(false)
  let running = new AbortController()

  const page = (before: string | undefined, background: boolean) => {
    const length = words.value.length > 0 ? SEARCH_LENGTH : PAGE_LENGTH
    return listAudit(filter().kind, filter().action, before, length, {
      signal: running.signal,
      background,
    })
  }

  // From there on, until a page of entries fits, or enough were looked at.
  async function pages(before: string | undefined): Promise<AuditPage> {
    const found = await page(before, false)
    const count = () => found.entries.filter((entry) => fits(entry, words.value)).length
    for (let looked = 1; looked < SEARCH_PAGES_MAX && found.next !== null; looked++) {
      if (words.value.length === 0 || count() >= PAGE_LENGTH) break
      const older = await page(found.next, false)
      found.entries = [...found.entries, ...older.entries]
      found.next = older.next
    }
    return found
  }

  // Begins anew, for another filter.
  async function reload(): Promise<void> {
    running.abort()
    const own = (running = new AbortController())
    loading.value = true
    loadingMore.value = false
    moreError.value = undefined
    try {
      const first = await pages(undefined)
      if (own !== running) return
      known.value = first.entries
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
      const older = await pages(next.value)
      if (own !== running) return
      known.value = [...(known.value ?? []), ...older.entries]
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
    known.value = first.entries
    next.value = first.next
  }

  // Puts what is new on top. A failure is left to the next time: what is shown is still true.
  async function refresh(): Promise<void> {
    if (loading.value) return
    if (known.value === undefined || error.value) return reload()
    const own = running
    try {
      const first = await page(undefined, true)
      if (own !== running) return
      const joined = merged(first.entries, known.value)
      if (joined === undefined) begin(first)
      else known.value = joined
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
