// Something loaded from the daemon, with the states a page has to show. `reload` shows that it
// loads when there is nothing yet; `refresh` is for timers: it keeps what is shown, and only
// `stale` and `staleError` tell that it failed, unless what is shown is no more (404). A newer
// call ends the one before it, and leaving the page ends all.

import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { ComputedRef, Ref, ShallowRef } from 'vue'

import { ApiError, isAbort, type Loading } from '@/api/client'
import { sessionCount } from '@/session'

export interface Async<T> {
  data: ShallowRef<T | undefined>
  error: ShallowRef<unknown>
  loading: Ref<boolean>
  stale: ComputedRef<boolean>
  staleError: ShallowRef<unknown> // of the last refresh, if it failed
  reload: () => Promise<void>
  refresh: () => Promise<void>
}

export function useAsync<T>(load: (options: Loading) => Promise<T>): Async<T> {
  const data = shallowRef<T>()
  const error = shallowRef<unknown>()
  const loading = ref(false)
  const staleError = shallowRef<unknown>()
  const stale = computed(() => staleError.value !== undefined)
  let running: AbortController | undefined

  async function run(background: boolean): Promise<void> {
    // A timer never cuts off what somebody waits for.
    if (background && loading.value) return
    running?.abort()
    const own = (running = new AbortController())
    if (!background) loading.value = true
    try {
      const answer = await load({ signal: own.signal, background })
      if (own !== running) return
      data.value = answer
      error.value = undefined
      staleError.value = undefined
    } catch (failure) {
      if (own !== running || isAbort(failure)) return
      const isGone = failure instanceof ApiError && failure.status === 404
      if (background && data.value !== undefined && !isGone) staleError.value = failure
      else error.value = failure
    } finally {
      if (own === running) loading.value = false
    }
  }

  // What the end of a session has kept from being loaded is loaded after the next login.
  watch(sessionCount, () => {
    const failure = error.value ?? staleError.value
    if (failure instanceof ApiError && failure.status === 401) void run(false)
  })

  onScopeDispose(() => {
    const last = running
    running = undefined
    last?.abort()
  })

  return {
    data,
    error,
    loading,
    stale,
    staleError,
    reload: () => run(false),
    refresh: () => run(true),
  }
}
