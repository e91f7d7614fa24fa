import { request, type Loading } from './client'
import type { components } from './schema'

export type Overview = components['schemas']['Overview']
export type Finding = components['schemas']['Finding']

export function getOverview(loading: Loading): Promise<Overview> {
  return request('GET', '/overview', loading)
}
