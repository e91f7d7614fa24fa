// Who is logged in. The session itself is a cookie that no script can read.

import { computed, readonly, ref, shallowRef } from 'vue'

import { ApiError, setCsrfToken } from '@/api/client'
import * as api from '@/api/session'
import type { Session } from '@/api/types'

import { keep, recall } from './storage'

// Whether it is worth asking: a 401 that was to be expected would stand in the browser's console
// as an error.
const STORE = 'mmx.session'

const current = shallowRef<Session | null>(null)
let known = false
let hasEnded = false
const logins = ref(0)

function take(session: Session | null): void {
  current.value = session
  known = true
  hasEnded = false
  isAskedAgain.value = false
  logins.value++
  keep(STORE, session ? 'yes' : 'no')
  setCsrfToken(session?.csrf_token ?? null)
}

export const session = readonly(current)
// Whether the session has ended under a page, and the way back is shown over it.
export const isAskedAgain = ref(false)
// Grows whenever somebody logs in or out: what was refused for want of a session is asked again.
export const sessionCount = readonly(logins)
export const isAdmin = computed(() => current.value?.role === 'admin')

// Asks the daemon once; later calls answer from memory. A daemon that does not answer throws.
export async function loadSession(): Promise<Session | null> {
  if (known || (recall(STORE) ?? 'no') === 'no') return current.value
  try {
    take(await api.getSession())
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
    take(null)
  }
  return current.value
}

export async function logIn(name: string, password: string): Promise<void> {
  take(await api.logIn(name, password))
}

export async function setUp(token: string, name: string, password: string): Promise<void> {
  take(await api.setUp(token, name, password))
}

// What was shown goes in any case: whoever logs out means to leave.
export async function logOut(): Promise<void> {
  try {
    await api.logOut()
  } finally {
    take(null)
  }
}

// The daemon says that the session is over. The page stays, with all that was typed into it; a
// refresh that nobody waits for does not ask twice.
export function endSession(isBackground: boolean): void {
  if (hasEnded && isBackground) return
  hasEnded = true
  keep(STORE, 'no')
  isAskedAgain.value = true
}
