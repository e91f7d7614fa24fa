// Adds a user, changes their role, makes an API token, and deletes both. Gives the token's text.
// options: {admin, name, password}
import assert from "node:assert/strict";

export default async function accounts(visit, { admin, name, password }) {
  const { page, texts } = visit;
  const say = texts.accounts;
  const dialog = page.getByRole("dialog").filter({ visible: true });
  const press = (label) => dialog.getByRole("button", { name: label, exact: true }).click();
  const closed = () => dialog.waitFor({ state: "hidden" });
  await visit.logIn(admin);
  await visit.open("accounts");

  await page.getByRole("button", { name: say.add, exact: true }).click();
  await dialog.getByLabel(say.name, { exact: true }).fill(name);
  await dialog.getByLabel(say.new_password, { exact: true }).fill("short");
  await dialog.getByLabel(say.own, { exact: true }).fill(admin.password);
  await press(say.add);
  await dialog.getByText(say.short).first().waitFor();
  await dialog.getByLabel(say.new_password, { exact: true }).fill(password);
  await visit.shot("add");
  await press(say.add);
  await closed();
  const row = page.getByRole("row", { name: new RegExp(`\\b${name}\\b`) });
  await row.getByText(say.viewer, { exact: true }).waitFor();

  await row.getByRole("button", { name: say.change_role, exact: true }).click();
  await dialog.getByText(say.admin, { exact: false }).first().click();
  await dialog.getByLabel(say.own, { exact: true }).fill(admin.password);
  await press(say.save);
  await closed();
  await row.getByText(say.admin, { exact: true }).waitFor();
  await visit.shot("users");

  await page.getByRole("tab", { name: say.sessions }).click();
  await page.getByText(say.current, { exact: true }).first().waitFor();
  await visit.shot("sessions");

  await page.getByRole("tab", { name: say.tokens }).click();
  await page.getByRole("button", { name: say.new_token, exact: true }).click();
  await dialog.getByLabel(say.token_name, { exact: true }).fill(`script of ${name}`);
  await dialog.getByLabel(say.own, { exact: true }).fill(admin.password);
  await dialog.getByText(say.admin, { exact: false }).first().click();
  for (const scope of ["settings.write", "tokens.write"]) {
    const box = dialog.getByRole("checkbox", { name: scope });
    assert.ok(await box.isChecked(), `${scope} is not given`);
    await dialog.getByText(scope).click();
    assert.ok(!(await box.isChecked()), scope);
  }
  await visit.shot("token");
  await press(say.new_token);
  await dialog.getByText(say.made).waitFor();
  const secret = await dialog.locator("pre").first().innerText();
  assert.match(secret, /^mmxadm-[A-Za-z0-9]{40}$/);
  await press(say.done);
  await closed();
  const made = page.getByRole("row", { name: new RegExp(`script of ${name}`) });
  await made.getByText("keys.write", { exact: false }).waitFor();
  assert.ok(!(await made.innerText()).includes("tokens.write"));
  assert.ok(!(await page.content()).includes(secret), "the token is still in the page");
  await visit.shot("tokens");
  return { secret };
}
