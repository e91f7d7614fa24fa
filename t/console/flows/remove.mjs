// Deletes a key from its own page, after a question that names it. options: {admin, user, id, hint}
import { dialogOf, press } from "../keys.mjs";

export default async function remove(visit, { admin, user, id, hint }) {
  const { page, texts } = visit;
  const dialog = dialogOf(page);
  await visit.logIn(admin, `keys/${id}`);
  await page.getByRole("heading", { name: hint }).waitFor();
  await visit.shot("key");
  await press(page, texts.keys.delete);
  await dialog.getByText(hint).waitFor();
  await dialog.getByText(user).waitFor();
  await visit.shot("question");
  await press(dialog, texts.keys.delete);
  await page.waitForURL(/\/console\/keys$/);
  visit.expect(/status of 404/);
  await visit.open(`keys/${id}`);
  await page.getByText(texts.gone).waitFor();
}
