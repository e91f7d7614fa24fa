// What the holder of a gateway key may see. The key travels in a header, never in an address.

import { request } from './client'
import type { components } from './schema'
import type { Usage } from './types'

export type HeldKey = components['schemas']['HeldKey']

export interface HeldUsage {
  key: HeldKey
  usage: Usage
}

export function lookUpUsage(apiKey: string): Promise<HeldUsage> {
  return request('GET', '/public/usage', { headers: { 'X-Api-Key': apiKey }, anonymous: true })
}
