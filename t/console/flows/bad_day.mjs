// A day on which every fifth call failed, for MiniMax refuses our account: both are plain to see.
// What failed and was refunded is one figure, and refusals say why. options: {admin}
import assert from "node:assert/strict";

const ACCOUNT = {
  count: 20, code: 1008, status: 402,
  first_at: "2026-11-22T09:30:00+08:00", first_at_unix: 1795311000,
  last_at: "2026-11-22T10:45:00+08:00", last_at_unix: 1795315500,
};

export default async function badDay(visit, { admin }) {
  const { page, texts } = visit;
  const say = texts.overview;
  const alert = page.locator(".upstream-alert .el-alert");
  await visit.logIn(admin);
  await visit.open("overview");
  assert.equal(await alert.count(), 0);
  await page.route("**/api/v1/overview", async (route) => {
    const overview = await (await route.fetch()).json();
    const figures = { requests: 80, refunds: 20, failed: 20, denied: 7 };
    Object.assign(overview.days.at(-1), figures);
    Object.assign(overview.today, figures);
    overview.keys.exhausted = 3;
    overview.upstream_account = ACCOUNT;
    await route.fulfill({ json: overview });
  });
  await visit.open("overview");

  await alert.getByText(say.upstream).waitFor();
  const text = await alert.innerText();
  for (const part of ["20", "402", "1008", "10:45:00", "UTC+8", say.balance]) {
    assert.ok(text.includes(part), `${part}: ${text}`);
  }
  const { r, g, b } = await alert.evaluate(colour);
  assert.ok(r > 2 * g && r > 2 * b, `not red: ${[r, g, b]}`);

  const failed = page.locator("[data-card=failed]");
  assert.match(await failed.innerText(), /20[^]*20%/);
  assert.equal(await page.locator("[data-card=refunds]").count(), 0);
  const reason = page.locator("[data-card=denied] a");
  assert.ok((await reason.innerText()).includes(texts.status.exhausted.toLowerCase()));

  await page.locator(".usage-chart canvas").waitFor();
  await page.locator(".legend").getByText(say.failed).waitFor();
  await page.waitForFunction(() => document.querySelector(".usage-chart canvas").height > 100);
  await visit.settle();
  const share = await page.locator(".usage-chart canvas").evaluate(redShare);
  assert.ok(share > 0.15 && share < 0.25, `${share} of the bars is red`);
  await visit.shot("overview");
  await reason.click();
  await page.waitForURL(/status=exhausted/);
}

function colour(element) {
  const [r, g, b] = getComputedStyle(element).backgroundColor.match(/\d+/g).map(Number);
  return { r, g, b };
}

// Of all that the bars cover.
function redShare(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let red = 0, blue = 0;
  for (let at = 0; at < data.length; at += 4) {
    const [r, g, b, seen] = data.subarray(at, at + 4);
    if (seen < 255) continue;
    if (r > g + 100 && r > b + 100) red++;
    if (b > r + 100) blue++;
  }
  return red / (red + blue);
}
