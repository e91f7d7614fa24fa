// Names and notes that would like to be more than text. Each is shown as it is, on every page.
// options: {admin, keys: [{id, text}]}, the text being both user and note
import assert from "node:assert/strict";

const STRANGERS = [
  "script:not([src]), iframe, object, embed, base:not([href='/console/']), form[action]",
  "img:not([src*='/console/']), [onerror], [onload], [onclick]",
  "[style*=url]",
  "a[href^='javascript:' i], meta[http-equiv]",
];

// White space is shown as one space.
const flat = (text) => text.replace(/\s+/g, " ").trim();
const times = (text, part) => text.split(part).length - 1;

export default async function hostile(visit, { admin, keys }) {
  const { page } = visit;

  // What a page shows, once it turned out to be a page of text.
  async function read(address) {
    await visit.open(address);
    const strangers = await page.evaluate(
      (selectors) => selectors
        .flatMap((selector) => [...document.querySelectorAll(selector)])
        .concat([...document.querySelectorAll("link")]
          .filter((link) => new URL(link.href).origin !== location.origin))
        .map((element) => new XMLSerializer().serializeToString(element).slice(0, 200)),
      STRANGERS);
    assert.deepEqual(strangers, [], address);
    assert.equal(await page.evaluate(() => window.mmxWasHere), undefined, address);
    return flat(await page.locator("body").innerText());
  }

  await visit.logIn(admin);
  await read("overview");
  const list = await read("keys");
  const trail = await read("audit?");
  await visit.shot("audit");
  for (const { id, text } of keys) {
    const shown = flat(text);
    assert.ok(list.includes(shown), `not in the list: ${text}`);
    assert.ok(trail.includes(shown), `not in the trail: ${text}`);
    const seen = await read(`keys/${id}`);
    assert.ok(times(seen, shown) >= 2, `user and note are not on the key's page: ${text}`);
  }
}
