import { onScopeDispose, readonly, ref, type Ref } from 'vue'

export const PHONE = '(max-width: 767px)'

export function useMedia(query: string): Readonly<Ref<boolean>> {
  const media = window.matchMedia(query)
  const matches = ref(media.matches)
  const onChange = (event: MediaQueryListEvent) => {
    matches.value = event.matches
  }
  media.addEventListener('change', onChange)
  onScopeDispose(() => media.removeEventListener('change', onChange))
  return readonly(matches)
}
