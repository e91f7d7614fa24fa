// The examples of the documentation page: complete, to be pasted and run. `{base}` is the gateway's
// own address, `{key}` where the reader's key goes.

export const exampleKey = 'mmx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'
// What the page asks for first, and a model that came after it.
export const exampleModel = 'MiniMax-M2.7'
export const newerModel = 'MiniMax-M3'

const TEMPERATURE = 0.7
const MAX_TOKENS = 1000

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

// gateway: `https://gate.example.com`, perhaps with a path, without a slash at its end.
export function endpoints(gateway: string): Endpoints {
  return { openai: `${gateway}/mini/v1`, anthropic: `${gateway}/mini/anthropic` }
}

export interface Words {
  system: string // what the examples tell the model to be
  question: string // what they ask it
  answer: string // what it says to that
  apiKeyComment: string
}

export function chatAddress(gateway: string): string {
  return `${endpoints(gateway).openai}/chat/completions`
}

// The body of the request, from its second line on as far to the right as the code around it is.
function body(words: Words, indent = 0): string {
  const request = {
    model: exampleModel,
    messages: [
      { role: 'system', content: words.system },
      { role: 'user', content: words.question },
    ],
    temperature: TEMPERATURE,
    max_tokens: MAX_TOKENS,
  }
  return JSON.stringify(request, null, 2).replaceAll('\n', '\n' + ' '.repeat(indent))
}

export function requestSample(gateway: string, words: Words): string {
  const { host, pathname } = new URL(chatAddress(gateway))
  return `POST ${pathname} HTTP/1.1
Host: ${host}
X-Api-Key: ${exampleKey}
Content-Type: application/json

${body(words)}`
}

function curl(address: string, words: Words): string {
  return `curl -X POST ${address} \\
  -H "X-Api-Key: ${exampleKey}" \\
  -H "Content-Type: application/json" \\
  -d '${body(words, 2)}'`
}

function pythonRequests(address: string, words: Words): string {
  return `import requests

answer = requests.post(
    "${address}",
    headers={"X-Api-Key": "${exampleKey}"},
    json={
        "model": "${exampleModel}",
        "messages": [
            {"role": "system", "content": "${words.system}"},
            {"role": "user", "content": "${words.question}"},
        ],
        "temperature": ${TEMPERATURE},
        "max_tokens": ${MAX_TOKENS},
    },
    timeout=600,
)
answer.raise_for_status()
print(answer.json()["choices"][0]["message"]["content"])`
}

function javascriptFetch(address: string, words: Words): string {
  return `const answer = await fetch("${address}", {
  method: "POST",
  headers: {
    "X-Api-Key": "${exampleKey}",
    "Content-Type": "application/json",
  },
  body: JSON.stringify({
    model: "${exampleModel}",
    messages: [
      { role: "system", content: "${words.system}" },
      { role: "user", content: "${words.question}" },
    ],
    temperature: ${TEMPERATURE},
    max_tokens: ${MAX_TOKENS},
  }),
});
if (!answer.ok) throw new Error(\`\${answer.status} \${await answer.text()}\`);
const { choices } = await answer.json();
console.log(choices[0].message.content);`
}

function pythonOpenai(base: Endpoints, words: Words): string {
  return `from openai import OpenAI

client = OpenAI(
    base_url="${base.openai}",
    api_key="${exampleKey}",  # ${words.apiKeyComment}
)
answer = client.chat.completions.create(
    model="${newerModel}",
    messages=[{"role": "user", "content": "${words.question}"}],
)
print(answer.choices[0].message.content)`
}

function javascriptOpenai(base: Endpoints, words: Words): string {
  return `import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "${base.openai}",
  apiKey: "${exampleKey}", // ${words.apiKeyComment}
});
const answer = await client.chat.completions.create({
  model: "${newerModel}",
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
    model="${newerModel}",
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
  model: "${newerModel}",
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
export ANTHROPIC_MODEL="${newerModel}"
export ANTHROPIC_DEFAULT_OPUS_MODEL="${newerModel}"
export ANTHROPIC_DEFAULT_SONNET_MODEL="${newerModel}"
export ANTHROPIC_DEFAULT_HAIKU_MODEL="${newerModel}"
export API_TIMEOUT_MS=3000000
claude`
}

export function plainSamples(gateway: string, words: Words): Sample[] {
  const address = chatAddress(gateway)
  return [
    { id: 'curl', title: 'curl', install: '', code: curl(address, words) },
    {
      id: 'python-requests',
      title: 'Python · requests',
      install: 'pip install requests',
      code: pythonRequests(address, words),
    },
    {
      id: 'javascript-fetch',
      title: 'JavaScript · fetch',
      install: '',
      code: javascriptFetch(address, words),
    },
  ]
}

export function sdkSamples(gateway: string, words: Words): Sample[] {
  const base = endpoints(gateway)
  return [
    {
      id: 'python-openai',
      title: 'Python · openai',
      install: 'pip install openai',
      code: pythonOpenai(base, words),
    },
    {
      id: 'javascript-openai',
      title: 'JavaScript · openai',
      install: 'npm install openai',
      code: javascriptOpenai(base, words),
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

export function streamSample(gateway: string, words: Words): string {
  return `from openai import OpenAI

client = OpenAI(base_url="${endpoints(gateway).openai}", api_key="${exampleKey}")
stream = client.chat.completions.create(
    model="${newerModel}",
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
export function sampleAnswer(words: Words): string {
  return `{
  "id": "06a1b2c3d4e5f60718293a4b5c6d7e8f",
  "object": "chat.completion",
  "created": 1790000000,
  "model": "${exampleModel}",
  "choices": [
    {
      "index": 0,
      "message": {
        "role": "assistant",
        "content": "${words.answer}"
      },
      "finish_reason": "stop"
    }
  ],
  "usage": {
    "prompt_tokens": 26,
    "completion_tokens": 18,
    "total_tokens": 44
  }
}`
}

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
x-should-retry: false
request-id: 5f3c9b0d2a7e41c6a8d0f1b2c3d4e5f6

{
  "error": {
    "message": "...",
    "type": "insufficient_quota",
    "param": null,
    "code": "insufficient_quota",
    "resets_at": "2026-11-23T00:00:00+08:00"
  }
}`
