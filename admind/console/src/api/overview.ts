import { request } from './client'
import type { components } from './schema'
import type { LoadOptions } from '@/composables/useAsync'

export type Overview = components['schemas']['Overview']
export type Finding = components['schemas']['Finding']

export function getOverview(options: LoadOptions): Promise<Overview> {
  return request('GET', '/overview', options)
}
