// The keys that were picked, over all pages; no more than one request may carry.

import { computed, shallowRef } from 'vue'

import { BATCH_MAX } from '@/api/keys'
import type { Key } from '@/api/types'

export function useSelection() {
  const picked = shallowRef(new Map<string, Key>())
  const keys = computed(() => [...picked.value.values()])
  const has = (key: Key): boolean => picked.value.has(key.id)

  function set(some: Key[], on: boolean): void {
    const next = new Map(picked.value)
    for (const key of some) {
      if (!on) next.delete(key.id)
      else if (next.size < BATCH_MAX) next.set(key.id, key)
    }
    picked.value = next
  }

  function clear(): void {
    picked.value = new Map()
  }

  function forget(ids: string[]): void {
    const next = new Map(picked.value)
    for (const id of ids) next.delete(id)
    picked.value = next
  }

  // What is listed now replaces what was picked earlier.
  function renew(listed: Key[]): void {
    if (!listed.some(has)) return
    const next = new Map(picked.value)
    for (const key of listed) {
      if (next.has(key.id)) next.set(key.id, key)
    }
    picked.value = next
  }

  return { keys, has, set, clear, forget, renew }
}

export type Selection = ReturnType<typeof useSelection>
