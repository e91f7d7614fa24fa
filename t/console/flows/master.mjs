// Sets, tests and replaces the master key, which is never shown.
// options: {admin, key, wrongPassword, refused: a key MiniMax does not take}
import assert from "node:assert/strict";

export default async function master(visit, { admin, key, refused }) {
  const { page, texts } = visit;
  const say = texts.master;
  await visit.logIn(admin);
  await visit.open("master");
  await page.getByText(say.lead, { exact: true }).waitFor();
  const input = page.getByLabel(say.input, { exact: true });
  const password = page.getByLabel(say.password, { exact: true });
  const save = page.getByRole("button", { name: say.save, exact: true });
  assert.equal(await input.getAttribute("type"), "password");

  await input.fill(refused);
  await page.getByRole("button", { name: say.test_typed }).click();
  await page.getByText(say.refused).waitFor();
  await visit.shot("refused");

  visit.expect(/status of 40[13]/);
  await input.fill(key);
  await password.fill("not the password of anybody");
  await save.click();
  await page.getByText(texts.login.wrong).waitFor();
  await password.fill(admin.password);
  await save.click();
  await page.getByText(say.saved).waitFor();
  assert.equal(await input.inputValue(), "");
  assert.equal(await password.inputValue(), "");

  await page.getByRole("button", { name: say.test_stored }).click();
  await page.getByText(say.ok).waitFor();
  await visit.shot("master");
  const whole = await page.content();
  assert.ok(!whole.includes(key) && !whole.includes(refused), "a master key stands in the page");
  assert.match(await page.locator(".fact-list").innerText(), /UTC\+8/);
}
