// A viewer sees everything and is offered no change. options: {viewer}
import assert from "node:assert/strict";

export default async function viewer(visit, { viewer: who }) {
  const { page, texts } = visit;
  await visit.logIn(who);
  await visit.open("settings");
  await page.getByText(texts.settings.viewer).waitFor();
  assert.ok(await page.getByLabel(texts.settings.day, { exact: true }).isDisabled());
  await visit.shot("settings");
  await visit.open("master");
  assert.equal(await page.getByLabel(texts.master.input, { exact: true }).count(), 0);
  await visit.open("accounts");
  const tabs = await page.getByRole("tab").allInnerTexts();
  assert.deepEqual(tabs.map((tab) => tab.trim()),
    [texts.accounts.sessions, texts.accounts.password]);
  await visit.open("audit");
  assert.equal(await page.getByRole("button", { name: texts.audit.verify }).count(), 0);
}
