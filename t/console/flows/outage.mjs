// While something is away, a page that was asked for says what, and a retry brings it back.
// options: {admin, text: name of texts, pages: {name: address}}; goes on when its `resume` file is
// there, for which `waiting` asks.
import { access, writeFile } from "node:fs/promises";
import assert from "node:assert/strict";

const RECOVERY_MS = 20_000;

export default async function outage(visit, { admin, text, pages, waiting, resume }) {
  const { page, texts } = visit;
  await visit.logIn(admin);
  // The files of the page itself come from the daemon: those it needs must be here already.
  for (const address of Object.values(pages)) await visit.open(address);
  visit.expect(/status of (502|503|504)|ERR_/);
  await answered(waiting, resume, "down");
  for (const [name, address] of Object.entries(pages)) {
    await go(page, address);
    await page.getByText(texts[text]).first().waitFor();
    // What the daemon cannot tell without Redis, the overview lists by itself.
    if (name === "overview" && text === "no_redis") {
      await page.locator('[data-warning="redis"]').waitFor();
    }
    await visit.shot(name);
  }
  await answered(waiting, resume, "up");
  // What has just come back may be held for away a moment longer.
  const deadline = Date.now() + RECOVERY_MS;
  const retry = page.getByRole("button", { name: texts.retry, exact: true });
  while (await retry.isVisible()) {
    assert.ok(Date.now() < deadline, `${texts[text]} is still said`);
    await retry.click({ timeout: 2000 }).catch(() => undefined);
    await visit.settle();
  }
  await visit.settle();
  assert.equal(await page.locator(".el-skeleton").count(), 0);
}

// By the navigation, not by loading everything anew.
async function go(page, address) {
  await page.evaluate((path) => {
    history.pushState({}, "", path);
    dispatchEvent(new PopStateEvent("popstate", { state: {} }));
  }, `/console/${address}`);
}

async function answered(waiting, resume, what) {
  await writeFile(waiting, what);
  const deadline = Date.now() + 60_000;
  while (!(await access(`${resume}.${what}`).then(() => true, () => false))) {
    assert.ok(Date.now() < deadline, `nobody brought it ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
