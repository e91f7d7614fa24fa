// What was typed, but for the fields that somebody else has changed since `before`.

export function withPresent<Form extends object>(typed: Form, before: Form, present: Form): Form {
  const names = Object.keys(present) as (keyof Form)[]
  const changed = names.filter((name) => present[name] !== before[name])
  return { ...typed, ...Object.fromEntries(changed.map((name) => [name, present[name]])) }
}
