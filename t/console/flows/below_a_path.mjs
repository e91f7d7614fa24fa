// A front has the console below a path of its own, which is in visit.base: whatever is loaded,
// asked and shown is below that too, and the page takes no other base. options: {admin, user}
import assert from "node:assert/strict";

import { dialogOf, press } from "../keys.mjs";

export default async function belowAPath(visit, { admin, user }) {
  const { page, texts, base } = visit;
  await visit.logIn(admin, "keys"); // which sends to a page by the router, not by its address
  assert.equal(page.url(), `${base}/console/keys`);
  await press(page, texts.keys.create); // a part that is loaded only now
  await dialogOf(page).getByLabel(texts.keys.user, { exact: true }).fill(user);
  await press(dialogOf(page), texts.keys.create_now);
  await dialogOf(page).getByText(`curl ${base}/mini/v1/`).waitFor();
  await press(dialogOf(page), texts.keys.done);
  await page.locator(".key-table a, .key-cards a").first().click();
  await page.waitForURL(/\/console\/keys\/[0-9a-f]{32}$/);
  await page.reload();
  await page.getByText(user).first().waitFor();
  await page.locator(".usage-chart canvas").waitFor();
  await visit.open("docs");
  await page.locator("article").getByText(`${base}/mini/anthropic`).first().waitFor();

  visit.expect(/base-uri/i);
  const moved = await page.evaluate(() => {
    const element = document.createElement("base");
    element.href = "/elsewhere/";
    document.head.append(element);
    return document.baseURI;
  });
  assert.equal(moved, page.url());
  const outside = visit.addresses.filter((each) => !each.startsWith(`${base}/`));
  assert.deepEqual(outside.filter((each) => !/^(blob|data):/.test(each)), []);
  await visit.settle();
}
