// What gateway and MiniMax refused, as the daemon tells it of what the gateway tallied.
// options: {admin, count}: of MiniMax's refusals, for want of a balance
import assert from "node:assert/strict";

export default async function refusals(visit, { admin, count }) {
  const { page, texts } = visit;
  const say = texts.overview;
  await visit.logIn(admin);
  await visit.open("overview");
  const alert = page.locator(".upstream-alert .el-alert");
  await alert.getByText(say.upstream).waitFor();
  const text = await alert.innerText();
  for (const part of [`${count}`, "402", "1008", "UTC+8", say.balance]) {
    assert.ok(text.includes(part), `${part}: ${text}`);
  }
  const denied = await page.locator("[data-card=denied]").innerText();
  for (const part of say.verdicts) assert.ok(denied.includes(part), `${part}: ${denied}`);
  await visit.settle();
  await visit.shot("refusals");
}
