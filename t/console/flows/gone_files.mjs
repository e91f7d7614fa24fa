// The console's files are gone, as after an upgrade, or its daemon is: what was asked for says so
// and can be asked for again, and the page that is shown stays. options: {admin, id: of a key}
import assert from "node:assert/strict";

import { dialogOf, press } from "../keys.mjs";

const FILES = "**/console/assets/*.js";
const ALL = "**/console/**";

export default async function goneFiles(visit, { admin, id }) {
  const { page, texts } = visit;
  const say = texts.files;
  const dialog = dialogOf(page);
  visit.expect(/status of (404|503)|ERR_FAILED|dynamically imported module|Unable to preload/);
  await visit.logIn(admin, "keys");

  // Whether they answer 404 or do not answer at all.
  await page.route(FILES, (route) => route.fulfill({ status: 404, body: "" }));
  await press(page, texts.keys.create);
  await dialog.getByText(say.gone).waitFor();
  await visit.shot("dialog");
  await press(dialog, texts.cancel);
  await dialog.waitFor({ state: "hidden" });
  await press(page, texts.keys.create);
  await dialog.getByText(say.gone).waitFor();
  await page.unroute(FILES);
  await press(dialog, texts.retry);
  await dialog.getByLabel(texts.keys.user, { exact: true }).waitFor();
  await press(dialog, texts.cancel);
  await dialog.waitFor({ state: "hidden" });

  await page.route(ALL, (route) => route.abort());
  await page.evaluate((path) => {
    history.pushState({}, "", path);
    dispatchEvent(new PopStateEvent("popstate", { state: {} }));
  }, "/console/audit");
  await page.locator(".missing-files").getByText(say.gone).waitFor();
  await page.getByRole("heading", { name: texts.keys.title, exact: true }).waitFor();
  await visit.shot("page");
  await page.unroute(ALL);
  await press(page.locator(".missing-files"), texts.retry);
  await page.getByRole("heading", { name: texts.audit.title, exact: true }).waitFor();
  assert.equal(await page.locator(".missing-files").count(), 0);

  await page.route("**/console/assets/UsageCanvas-*", (route) => route.fulfill({ status: 404 }));
  await visit.open(`keys/${id}`);
  const chart = page.locator(".usage-chart");
  await chart.getByText(say.gone).waitFor();
  await visit.shot("chart");
  await page.unroute("**/console/assets/UsageCanvas-*");
  await press(chart, texts.retry);
  await chart.locator("canvas").waitFor();
}
