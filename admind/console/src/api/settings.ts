import { request } from './client'
import type { components } from './schema'
import type { LoadOptions } from '@/composables/useAsync'

export type Settings =
  components['responses']['Settings']['content']['application/json']['settings']
export type SettingsChange = Partial<
  Pick<Settings, 'timezone' | 'default_day' | 'default_month' | 'retention_days'>
>

export async function getSettings(options: Partial<LoadOptions> = {}): Promise<Settings> {
  return (await request<{ settings: Settings }>('GET', '/settings', options)).settings
}

export async function changeSettings(change: SettingsChange): Promise<Settings> {
  const options = { body: change }
  return (await request<{ settings: Settings }>('PATCH', '/settings', options)).settings
}
