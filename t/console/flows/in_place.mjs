// In a filtered list two quick clicks on one place disable one key: its row stays where it is, and
// can be taken back. options: {admin, user: of two keys}
import assert from "node:assert/strict";

import { press, rowOf, search } from "../keys.mjs";

const QUICK_MS = 250;
const PAUSE_MS = 1000; // after which a click is no second one any more

export default async function inPlace(visit, { admin, user }) {
  const { page, texts } = visit;
  const say = texts.keys;
  await visit.logIn(admin, "keys");
  await visit.open("keys?status=active");
  await search(visit, user, 2);
  const rows = rowOf(page, user);
  const names = () => rows.locator("a").allInnerTexts();
  const before = await names();
  const button = rows.first().getByRole("button", { name: new RegExp(`^${say.disable} `) });
  const { x, y, width, height } = await button.boundingBox();
  const click = () => page.mouse.click(x + width / 2, y + height / 2);
  await click();
  await page.waitForTimeout(QUICK_MS);
  await click();
  await rows.first().getByText(texts.status.disabled, { exact: true }).waitFor();
  await visit.settle();
  assert.deepEqual(await names(), before, "the rows moved");
  await rows.first().getByText(texts.status.disabled, { exact: true }).waitFor();
  await rows.nth(1).getByText(texts.status.active, { exact: true }).waitFor();
  await visit.shot("disabled");

  await press(page.locator(".with-undo"), texts.undo);
  await rows.first().getByText(texts.status.active, { exact: true }).waitFor();
  await page.waitForTimeout(PAUSE_MS);
  await button.click();
  await rows.first().getByText(texts.status.disabled, { exact: true }).waitFor();

  for (const row of await rows.all()) await row.getByRole("checkbox").click();
  await press(page.getByRole("region", { name: say.batch }), say.disable);
  await rows.nth(1).getByText(texts.status.disabled, { exact: true }).waitFor();
  assert.deepEqual(await names(), before, "the rows moved");
  // Only the one that this has disabled is enabled again.
  await press(page.locator(".with-undo").last(), texts.undo);
  await rows.nth(1).getByText(texts.status.active, { exact: true }).waitFor();
  await rows.first().getByText(texts.status.disabled, { exact: true }).waitFor();

  // Whoever asks anew gets what fits the filter.
  await visit.open(`keys?status=active&search=${encodeURIComponent(user)}`);
  assert.equal(await rows.count(), 1);
}
