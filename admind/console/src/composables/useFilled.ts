// Whether a form holds anything else than it began with.

import { computed, shallowRef, type ComputedRef } from 'vue'

export interface Filled {
  filled: ComputedRef<boolean>
  begin: () => void // from here on it is compared with what it holds now
}

export function useFilled(form: () => unknown): Filled {
  const start = shallowRef(JSON.stringify(form()))
  const filled = computed(() => JSON.stringify(form()) !== start.value)
  const begin = () => {
    start.value = JSON.stringify(form())
  }
  return { filled, begin }
}
