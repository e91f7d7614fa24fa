// One call of a real client, unchanged but for base URL and key, and what it made of the answer.
//
//   MMX_BASE_URL=... MMX_KEY=... node call.mjs openai|anthropic chat|stream|models
//
// Prints one line of JSON: {"text", "pieces"} or {"error": {"name", "status", "code", "message",
// "request_id"}}.
import process from "node:process";

const [sdk, action] = process.argv.slice(2);
const { MMX_BASE_URL: baseURL, MMX_KEY: apiKey } = process.env;
const model = "MiniMax-M3";
const messages = [{ role: "user", content: "hi" }];

async function openai() {
  const { default: OpenAI } = await import("openai");
  const client = new OpenAI({ baseURL, apiKey });
  if (action === "models") {
    const pieces = [];
    for await (const each of client.models.list()) pieces.push(each.id);
    return { text: pieces[0], pieces: pieces.length };
  }
  if (action === "chat") {
    const answer = await client.chat.completions.create({ model, messages });
    return { text: answer.choices[0].message.content, pieces: 1 };
  }
  const stream = await client.chat.completions.create({ model, messages, stream: true });
  return collect(stream, (chunk) => chunk.choices[0]?.delta?.content);
}

async function anthropic() {
  const { default: Anthropic } = await import("@anthropic-ai/sdk");
  const client = new Anthropic({ baseURL, apiKey });
  const wish = { model, messages, max_tokens: 100 };
  if (action === "chat") {
    const answer = await client.messages.create(wish);
    return { text: answer.content.map((block) => block.text ?? "").join(""), pieces: 1 };
  }
  const stream = await client.messages.create({ ...wish, stream: true });
  return collect(stream, (event) => event.delta?.text);
}

async function collect(stream, textOf) {
  let text = "", pieces = 0;
  for await (const part of stream) {
    pieces += 1;
    text += textOf(part) ?? "";
  }
  return { text, pieces };
}

function described(error) {
  const inner = error.error?.error ?? error.error ?? {};
  return {
    name: error.constructor.name, status: error.status ?? null,
    code: error.code ?? inner.type ?? null, message: inner.message ?? error.message,
    request_id: error.requestID ?? null,
  };
}

let result;
try {
  result = await (sdk === "openai" ? openai() : anthropic());
} catch (error) {
  result = { error: described(error) };
}
console.log(JSON.stringify(result));
