// Parts of a page that are loaded when they are first needed. Their files may be gone, after an
// upgrade, or nobody may be there to give them: what was asked for then says so, and offers to try
// again. `failed` emits `retry`, upon which whoever shows the part makes it anew.

import { defineAsyncComponent, type Component } from 'vue'

import FailedDialog from './components/FailedDialog.vue'

const WAIT_MS = 15_000

type Load<T> = () => Promise<{ default: T }>

export function lazyPart<T extends Component>(load: Load<T>, failed: Component) {
  return defineAsyncComponent({
    loader: async () => (await load()).default,
    errorComponent: failed,
    timeout: WAIT_MS,
    suspensible: false,
  })
}

export function lazyDialog<T extends Component>(load: Load<T>) {
  return lazyPart(load, FailedDialog)
}
