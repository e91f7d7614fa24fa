// Whether a form holds anything else than it began with.

import { computed, shallowRef, type ComputedRef } from 'vue'

export interface Filled {
  filled: ComputedRef<boolean>
  begin: (from?: unknown) => void // what it is compared with from here on: what it holds now
}

export function useFilled(form: () => unknown): Filled {
  const start = shallowRef(JSON.stringify(form()))
  const filled = computed(() => JSON.stringify(form()) !== start.value)
  const begin = (from = form()) => {
    start.value = JSON.stringify(from)
  }
  return { filled, begin }
}
