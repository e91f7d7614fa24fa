import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'

import { consolePath } from './address'
import { missingPage } from './pageFiles'
import { loadSession } from './session'
import { keep, recall } from './storage'

// The page that was last loaded anew for want of its files.
const RELOADED = 'mmx.reloaded'

declare module 'vue-router' {
  interface RouteMeta {
    title: string // a key of the locales
    open?: boolean // for everybody, with or without a session
    within?: string // the item of the navigation that it belongs to
  }
}

export const router = createRouter({
  history: createWebHistory(consolePath()),
  routes: [
    { path: '/', redirect: { name: 'overview' } },
    {
      path: '/login',
      name: 'login',
      component: () => import('./pages/LoginPage.vue'),
      meta: { title: 'login.title', open: true },
    },
    {
      path: '/keys',
      name: 'keys',
      component: () => import('./pages/KeysPage.vue'),
      meta: { title: 'nav.keys' },
    },
    {
      path: '/keys/:id([0-9a-f]{32})',
      name: 'key',
      component: () => import('./pages/KeyPage.vue'),
      props: true,
      meta: { title: 'key.title', within: 'keys' },
    },
    {
      path: '/overview',
      name: 'overview',
      component: () => import('./pages/overview/OverviewPage.vue'),
      meta: { title: 'nav.overview' },
    },
    {
      path: '/master',
      name: 'master',
      component: () => import('./pages/master/MasterPage.vue'),
      meta: { title: 'nav.master' },
    },
    {
      path: '/docs',
      name: 'docs',
      component: () => import('./pages/docs/DocsPage.vue'),
      meta: { title: 'nav.docs', open: true },
    },
    {
      path: '/lookup',
      name: 'lookup',
      component: () => import('./pages/lookup/LookupPage.vue'),
      meta: { title: 'nav.lookup', open: true },
    },
    {
      path: '/settings',
      name: 'settings',
      component: () => import('./pages/settings/SettingsPage.vue'),
      meta: { title: 'nav.settings' },
    },
    {
      path: '/accounts',
      name: 'accounts',
      component: () => import('./pages/accounts/AccountsPage.vue'),
      meta: { title: 'nav.accounts' },
    },
    {
      path: '/audit',
      name: 'audit',
      component: () => import('./pages/audit/AuditPage.vue'),
      meta: { title: 'nav.audit' },
    },
    {
      path: '/:rest(.*)*',
      name: 'missing',
      component: () => import('./pages/MissingPage.vue'),
      meta: { title: 'common.missing', open: true },
    },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? undefined : { top: 0 }),
})

router.beforeEach(async (to) => {
  const found = await loadSession().catch(() => undefined)
  // A daemon that does not answer is said by the page that asks it for something.
  if (found === undefined) return true
  if (to.name === 'login' && found) return safeNext(to)
  if (!to.meta.open && !found) return { name: 'login', query: { next: to.fullPath } }
  return true
})

// After an upgrade the files of the pages have other names: the whole console is loaded anew, once.
// While the daemon is away nothing would be gained, and the page that is shown would be lost: it
// stays, and says that the other is not there.
router.onError(async (_error, to) => {
  const address = router.resolve(to.fullPath).href
  if (!(await isWorthLoading(address))) missingPage.value = to.fullPath
  else window.location.assign(address)
})
router.afterEach((_to, _from, failure) => {
  if (failure) return
  missingPage.value = undefined
  if (recall(RELOADED)) keep(RELOADED, '')
})

async function isWorthLoading(address: string): Promise<boolean> {
  if (recall(RELOADED) === address) return false
  keep(RELOADED, address)
  // Without a memory it would be loaded again and again.
  if (recall(RELOADED) !== address) return false
  const answer = await fetch(address, { cache: 'no-store' }).catch(() => undefined)
  if (!answer?.ok) keep(RELOADED, '')
  return answer?.ok === true
}

// Where to go after logging in: a page of this console, and nothing else.
export function safeNext(login: RouteLocationNormalized): string {
  const { next } = login.query
  if (typeof next !== 'string' || !next.startsWith('/')) return '/'
  const target = router.resolve(next)
  return target.name === 'login' || target.name === 'missing' ? '/' : target.fullPath
}

// Nobody is logged in, which could not be told before the page was shown.
export async function leaveToLogin(): Promise<void> {
  const { fullPath, meta } = router.currentRoute.value
  if (!meta.open) await router.replace({ name: 'login', query: { next: fullPath } })
}
