// What a first visit costs over the wire: the login page, and then the key list. Gives bytes.
// options: {admin}
export default async function firstLoad(visit, { admin }) {
  const sizes = [];
  visit.page.on("requestfinished", async (request) => {
    const { responseBodySize, responseHeadersSize } = await request.sizes();
    sizes.push([new URL(request.url()).pathname, responseBodySize + responseHeadersSize]);
  });
  await visit.logIn(admin, "keys");
  return sizes;
}
