import { requestTagged, type Loading, type Tagged } from './client'
import type { components } from './schema'

export type Settings =
  components['responses']['Settings']['content']['application/json']['settings']
export type SettingsChange = Partial<
  Pick<
    Settings,
    | 'timezone'
    | 'default_day'
    | 'default_month'
    | 'retention_days'
    | 'refund_bound'
    | 'language'
    | 'contact'
  >
>

type Answer = { settings: Settings }

export async function getSettings(loading: Loading): Promise<Settings> {
  return (await getTaggedSettings(loading)).value
}

export async function getTaggedSettings(loading: Loading): Promise<Tagged<Settings>> {
  const { value, tag } = await requestTagged<Answer>('GET', '/settings', loading)
  return { value: value.settings, tag }
}

export async function changeSettings(
  change: SettingsChange,
  ifMatch: string | undefined,
  password: string,
): Promise<Tagged<Settings>> {
  const options = { body: { ...change, password }, ifMatch }
  const { value, tag } = await requestTagged<Answer>('PATCH', '/settings', options)
  return { value: value.settings, tag }
}
