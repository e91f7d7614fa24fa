// The examples of the documentation page: complete, to be pasted and run. `{base}` is the gateway's
// own address, `{key}` where the reader's key goes.

export const exampleKey = 'mmx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'
export const exampleModel = 'MiniMax-M3'

export interface Sample {
  id: string
  title: string // a name in every language: `Python · openai`
  install: string // the command that gets what the example needs; empty when nothing is needed
  code: string
}

export interface Endpoints {
  openai: string
  anthropic: string
}

// origin: `https://gate.example.com`, without a slash at its end.
export function endpoints(origin: string): Endpoints {
  return { openai: `${origin}/mini/v1`, anthropic: `${origin}/mini/anthropic` }
}

export interface Words {
  question: string // what the examples ask the model
  apiKeyComment: string
}

function curl(base: Endpoints, words: Words): string {
  return `curl ${base.openai}/chat/completions \\
  -H "Authorization: Bearer ${exampleKey}" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "${exampleModel}",
    "messages": [{"role": "user", "content": "${words.question}"}]
  }'`
}

function pythonRequests(base: Endpoints, words: Words): string {
  return `import requests

answer = requests.post(
    "${base.openai}/chat/completions",
    headers={"Authorization": "Bearer ${exampleKey}"},
    json={
        "model": "${exampleModel}",
        "messages": [{"role": "user", "content": "${words.question}"}],
    },
    timeout=600,
)
answer.raise_for_status()
print(answer.json()["choices"][0]["message"]["content"])
print(answer.headers.get("x-ratelimit-remaining-requests"))`
}

function pythonOpenai(base: Endpoints, words: Words): string {
  return `from openai import OpenAI

client = OpenAI(
    base_url="${base.openai}",
    api_key="${exampleKey}",  # ${words.apiKeyComment}
)
answer = client.chat.completions.create(
    model="${exampleModel}",
    messages=[{"role": "user", "content": "${words.question}"}],
)
print(answer.choices[0].message.content)`
}

function javascriptFetch(base: Endpoints, words: Words): string {
  return `const answer = await fetch("${base.openai}/chat/completions", {
  method: "POST",
  headers: {
    "Authorization": "Bearer ${exampleKey}",
    "Content-Type": "application/json",
  },
  body: JSON.stringify({
    model: "${exampleModel}",
    messages: [{ role: "user", content: "${words.question}" }],
  }),
});
if (!answer.ok) throw new Error(\`\${answer.status} \${await answer.text()}\`);
const { choices } = await answer.json();
console.log(choices[0].message.content);`
}

function javascriptOpenai(base: Endpoints, words: Words): string {
  return `import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "${base.openai}",
  apiKey: "${exampleKey}", // ${words.apiKeyComment}
});
const answer = await client.chat.completions.create({
  model: "${exampleModel}",
  messages: [{ role: "user", content: "${words.question}" }],
});
console.log(answer.choices[0].message.content);`
}

function pythonAnthropic(base: Endpoints, words: Words): string {
  return `import anthropic

client = anthropic.Anthropic(
    base_url="${base.anthropic}",
    api_key="${exampleKey}",  # ${words.apiKeyComment}
)
message = client.messages.create(
    model="${exampleModel}",
    max_tokens=1024,
    messages=[{"role": "user", "content": "${words.question}"}],
)
print("".join(block.text for block in message.content if block.type == "text"))`
}

function javascriptAnthropic(base: Endpoints, words: Words): string {
  return `import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({
  baseURL: "${base.anthropic}",
  apiKey: "${exampleKey}", // ${words.apiKeyComment}
});
const message = await client.messages.create({
  model: "${exampleModel}",
  max_tokens: 1024,
  messages: [{ role: "user", content: "${words.question}" }],
});
for (const block of message.content) {
  if (block.type === "text") console.log(block.text);
}`
}

// Claude Code asks small and large models by tier: a tier without a name of its own would ask for a
// model that MiniMax does not know.
function claudeCode(base: Endpoints): string {
  return `export ANTHROPIC_BASE_URL="${base.anthropic}"
export ANTHROPIC_AUTH_TOKEN="${exampleKey}"
export ANTHROPIC_MODEL="${exampleModel}"
export ANTHROPIC_DEFAULT_OPUS_MODEL="${exampleModel}"
export ANTHROPIC_DEFAULT_SONNET_MODEL="${exampleModel}"
export ANTHROPIC_DEFAULT_HAIKU_MODEL="${exampleModel}"
export API_TIMEOUT_MS=3000000
claude`
}

export function samples(origin: string, words: Words): Sample[] {
  const base = endpoints(origin)
  return [
    { id: 'curl', title: 'curl', install: '', code: curl(base, words) },
    {
      id: 'python-openai',
      title: 'Python · openai',
      install: 'pip install openai',
      code: pythonOpenai(base, words),
    },
    {
      id: 'python-requests',
      title: 'Python · requests',
      install: 'pip install requests',
      code: pythonRequests(base, words),
    },
    {
      id: 'javascript-openai',
      title: 'JavaScript · openai',
      install: 'npm install openai',
      code: javascriptOpenai(base, words),
    },
    {
      id: 'javascript-fetch',
      title: 'JavaScript · fetch',
      install: '',
      code: javascriptFetch(base, words),
    },
    {
      id: 'python-anthropic',
      title: 'Python · anthropic',
      install: 'pip install anthropic',
      code: pythonAnthropic(base, words),
    },
    {
      id: 'javascript-anthropic',
      title: 'JavaScript · anthropic',
      install: 'npm install @anthropic-ai/sdk',
      code: javascriptAnthropic(base, words),
    },
    {
      id: 'claude-code',
      title: 'Claude Code',
      install: 'npm install -g @anthropic-ai/claude-code',
      code: claudeCode(base),
    },
  ]
}

export function streamSample(origin: string, words: Words): string {
  return `from openai import OpenAI

client = OpenAI(base_url="${endpoints(origin).openai}", api_key="${exampleKey}")
stream = client.chat.completions.create(
    model="${exampleModel}",
    messages=[{"role": "user", "content": "${words.question}"}],
    stream=True,
    stream_options={"include_usage": True},
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
    elif chunk.usage:
        print("\\n", chunk.usage.total_tokens, "tokens")`
}

// What an answer looks like; fields that no client reads are left out.
export const sampleAnswer = `{
  "id": "06a1b2c3d4e5f60718293a4b5c6d7e8f",
  "object": "chat.completion",
  "created": 1790000000,
  "model": "${exampleModel}",
  "choices": [
    {
      "index": 0,
      "finish_reason": "stop",
      "message": {
        "role": "assistant",
        "content": "<think>\\n...\\n</think>\\n\\nHello."
      }
    }
  ],
  "usage": {
    "prompt_tokens": 120,
    "completion_tokens": 30,
    "total_tokens": 150
  },
  "base_resp": { "status_code": 0, "status_msg": "" }
}`

export const sampleLimitHeaders = `x-ratelimit-limit-requests: 1000
x-ratelimit-remaining-requests: 958
x-ratelimit-reset-requests: 7h12m5s
x-ratelimit-limit-requests-day: 1000
x-ratelimit-remaining-requests-day: 958
x-ratelimit-reset-requests-day: 7h12m5s
x-ratelimit-limit-requests-month: 20000
x-ratelimit-remaining-requests-month: 17420
x-ratelimit-reset-requests-month: 199h12m5s`

export const sampleRefusal = `HTTP/1.1 429 Too Many Requests
Retry-After: 25925
x-should-retry: false

{
  "error": {
    "message": "...",
    "type": "insufficient_quota",
    "param": null,
    "code": "insufficient_quota"
  }
}`
