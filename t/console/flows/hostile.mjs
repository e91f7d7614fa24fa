// Names and notes that would like to be more than text. Each is shown as it is, on every page.
// options: {admin, user, note, id}
import assert from "node:assert/strict";

export default async function hostile(visit, { admin, user, note, id }) {
  const { page } = visit;
  await visit.logIn(admin);
  const seen = {};
  for (const address of ["overview", "keys", `keys/${id}`, `audit?`]) {
    await visit.open(address);
    const strangers = await page.evaluate(() => [
      ...document.querySelectorAll("script:not([src]), iframe, object, embed, base, form[action]"),
      ...document.querySelectorAll("img:not([src^='/console/']), [onerror], [onload], [onclick]"),
      ...document.querySelectorAll("[style*=url]"),
      ...document.querySelectorAll("a[href^='javascript:' i], meta[http-equiv], link[href*='//']"),
    ].map((element) => new XMLSerializer().serializeToString(element).slice(0, 200)));
    assert.deepEqual(strangers, []);
    assert.equal(await page.evaluate(() => window.mmxWasHere), undefined);
    seen[address] = await page.locator("body").innerText();
  }
  await visit.shot("audit");
  // White space is shown as one space.
  const flat = (text) => text.replace(/\s+/g, " ").trim();
  assert.ok(flat(seen[`keys/${id}`]).includes(flat(user)), "the user is not on the key's page");
  assert.ok(flat(seen[`keys/${id}`]).includes(flat(note)), "the note is not on the key's page");
  assert.ok(flat(seen["audit?"]).includes(flat(user)), "the user is not in the trail");
}
