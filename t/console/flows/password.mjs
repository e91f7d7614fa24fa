// Changes one's own password; the new one works and the old one does not.
// options: {who, next, keep: whether the API tokens stay}
import assert from "node:assert/strict";

export default async function password(visit, { who, next, keep }) {
  const { page, texts } = visit;
  const say = texts.accounts;
  await visit.logIn(who);
  await visit.open("accounts?part=password");
  const fill = (label, value) => page.getByLabel(label, { exact: true }).fill(value);
  const submit = page.getByRole("button", { name: say.password, exact: true });
  await fill(say.current_password, who.password);
  await fill(say.next_password, next);
  await fill(say.repeat, next + "!");
  await submit.click();
  await page.getByText(say.different).waitFor();
  await visit.shot("different");
  await fill(say.repeat, next);
  const ending = page.getByRole("checkbox", { name: say.end_tokens, exact: true });
  assert.ok(await ending.isChecked());
  if (keep) await page.getByText(say.end_tokens, { exact: true }).click();
  assert.equal(await ending.isChecked(), !keep);
  await submit.click();
  await page.getByText(say.changed).waitFor();

  await visit.context.clearCookies();
  visit.expect(/status of 401/);
  await visit.open("login");
  await page.getByLabel(texts.login.name, { exact: true }).fill(who.name);
  await page.getByLabel(texts.login.password, { exact: true }).fill(who.password);
  await page.getByRole("button", { name: texts.login.submit, exact: true }).click();
  await page.getByText(texts.login.wrong).waitFor();
  await visit.logIn({ name: who.name, password: next });
}
