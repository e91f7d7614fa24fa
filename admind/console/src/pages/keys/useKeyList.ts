// Which keys are listed. Filter, order and page stand in the page's address, so that going back and
// a copied link show the same; a whole key that is searched for does not.

import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter, type LocationQueryValue } from 'vue-router'

import { findKey, listKeys, sorts, type KeyFilter, type Order, type Sort } from '@/api/keys'
import type { Key, KeyStatus } from '@/api/types'
import { useAsync } from '@/composables/useAsync'

import { withKept, type KeptRows } from './keptRows'

export const statuses: KeyStatus[] = ['active', 'disabled', 'expired', 'exhausted']
export const pageSizes = [20, 50, 100, 200]

export interface ListState {
  search: string
  status: KeyStatus | ''
  sort: Sort
  order: Order
  page: number
  size: number
}

const start: ListState = {
  search: '',
  status: '',
  sort: 'created',
  order: 'desc',
  page: 1,
  size: 20,
}

// More of a key than the console shows, which is `mmx-3fA9…x2Qk`; in quotes, after `Bearer`, or
// anywhere else in what was pasted.
const SECRET = /mmx-[A-Za-z0-9]{5,}/

// The key in a text; empty: none. It must not get into an address.
export function secretIn(text: string): string {
  return SECRET.exec(text)?.[0] ?? ''
}

type Value = LocationQueryValue | LocationQueryValue[] | undefined

function oneOf<T extends string | number>(value: Value, choices: readonly T[], fallback: T): T {
  return choices.find((choice) => String(choice) === value) ?? fallback
}

function stateOf(query: Record<string, Value>): ListState {
  const page = Number(query.page)
  return {
    search: typeof query.search === 'string' ? query.search : '',
    status: oneOf<KeyStatus | ''>(query.status, statuses, ''),
    sort: oneOf(query.sort, sorts, start.sort),
    order: oneOf<Order>(query.order, ['asc', 'desc'], start.order),
    page: Number.isInteger(page) && page > 0 ? page : 1,
    size: oneOf(query.size, pageSizes, start.size),
  }
}

export function useKeyList() {
  const route = useRoute()
  const router = useRouter()
  const wholeKey = ref('')
  let ownChanges = 0
  const state = computed(() => stateOf(route.query))
  const filter = computed<KeyFilter>(() => ({
    search: state.value.search || undefined,
    status: state.value.status || undefined,
    sort: state.value.sort,
    order: state.value.order,
  }))

  const list = useAsync((loading) => {
    if (wholeKey.value) return findKey(wholeKey.value, loading)
    const { page, size } = state.value
    return listKeys(filter.value, (page - 1) * size, size, loading)
  })

  const kept = shallowRef<KeptRows>()
  const keys = computed(() => withKept(list.data.value?.keys ?? [], kept.value))

  // Shows these in their new state, where they stand.
  function keep(some: Key[]): void {
    const changed = new Map(kept.value?.changed)
    for (const key of some) changed.set(key.id, key)
    kept.value = { order: keys.value.map((key) => key.id), changed }
  }

  function forget(ids: string[]): void {
    if (!kept.value) return
    const { order, changed } = kept.value
    kept.value = {
      order: order.filter((id) => !ids.includes(id)),
      changed: new Map([...changed].filter(([id]) => !ids.includes(id))),
    }
  }

  // Anything but the page itself starts at the first page again.
  function change(part: Partial<ListState>): void {
    const next = { ...state.value, page: 1, ...part }
    const query: Record<string, string> = {}
    for (const name of Object.keys(start) as (keyof ListState)[]) {
      if (next[name] !== start[name]) query[name] = String(next[name])
    }
    ownChanges++
    void router.replace({ query }).finally(() => ownChanges--)
  }

  function search(text: string): void {
    const trimmed = text.trim()
    wholeKey.value = secretIn(trimmed)
    change({ search: wholeKey.value ? '' : trimmed })
  }

  watch(
    [() => JSON.stringify(state.value), wholeKey],
    () => {
      kept.value = undefined
      if (route.name === 'keys') void list.reload()
    },
    { immediate: true },
  )
  // Any other way here, by the navigation or back, asks for what the address says.
  const stop = router.afterEach((to) => {
    if (to.name === 'keys' && ownChanges === 0) wholeKey.value = ''
  })
  onScopeDispose(stop)
  // The last key of the last page was deleted.
  watch(list.data, (found) => {
    const { page, size } = state.value
    if (
      wholeKey.value ||
      kept.value ||
      !found ||
      found.keys.length > 0 ||
      found.total === 0 ||
      page === 1
    )
      return
    change({ page: Math.ceil(found.total / size) })
  })

  const isFiltered = computed(
    () => wholeKey.value !== '' || state.value.search !== '' || state.value.status !== '',
  )
  return { state, filter, list, keys, keep, forget, wholeKey, isFiltered, change, search }
}
