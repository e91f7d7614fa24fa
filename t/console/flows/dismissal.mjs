// Revokes a token and deletes a user, each after a question. options: {admin, name}
export default async function dismissal(visit, { admin, name }) {
  const { page, texts } = visit;
  const say = texts.accounts;
  const dialog = page.getByRole("dialog").filter({ visible: true });
  await visit.logIn(admin);
  for (const [part, label, pattern] of [
    ["tokens", say.revoke, `script of ${name}`], ["users", say.remove, `\\b${name}\\b`],
  ]) {
    await visit.open(`accounts?part=${part}`);
    const row = page.getByRole("row", { name: new RegExp(pattern) });
    await row.getByRole("button", { name: label, exact: true }).click();
    await dialog.getByText(name).waitFor();
    await visit.shot(part);
    await dialog.getByRole("button", { name: texts.cancel, exact: true }).click();
    await dialog.waitFor({ state: "hidden" });
    await row.waitFor();
    await row.getByRole("button", { name: label, exact: true }).click();
    if (part === "users") {
      await dialog.getByLabel(say.own, { exact: true }).fill(admin.password);
    }
    await dialog.getByRole("button", { name: label, exact: true }).click();
    await row.waitFor({ state: "detached" });
  }
}
