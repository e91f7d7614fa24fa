// The browser and its system in the words people know: `Firefox 140 · Windows`. A user agent is
// what a client says of itself; of one that is not known here, the beginning is shown.

const LENGTH_MAX = 40 // characters

// In this order: most of them also claim to be those below.
const BROWSERS: [string, RegExp][] = [
  ['Edge', /Edg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /OPR\/(\d+)/],
  ['Samsung Internet', /SamsungBrowser\/(\d+)/],
  ['WeChat', /MicroMessenger\/(\d+)/],
  ['Firefox', /(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /(?:Chrome|HeadlessChrome|CriOS)\/(\d+)/],
  ['Safari', /Version\/(\d+)\S* .*Safari\//],
]
const SYSTEMS: [string, RegExp][] = [
  ['Android', /Android/],
  ['iOS', /iPhone|iPad|iPod/],
  ['Windows', /Windows/],
  ['macOS', /Macintosh/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux/],
]

export function browserName(agent: string): string {
  const browser = BROWSERS.find(([, pattern]) => pattern.test(agent))
  if (!browser) return agent.length > LENGTH_MAX ? `${agent.slice(0, LENGTH_MAX)}…` : agent
  const name = `${browser[0]} ${browser[1].exec(agent)?.[1] ?? ''}`
  const system = SYSTEMS.find(([, pattern]) => pattern.test(agent))?.[0]
  return system ? `${name} · ${system}` : name
}
