// Everything that this origin keeps on the device: IndexedDB, localStorage, sessionStorage, cookies, caches.
// Answers a list of [where, bytes as a binary string].
const done = arguments[arguments.length - 1];
const pieces = [];
const binary = (bytes) => {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
};
const utf8 = (text) => binary(new TextEncoder().encode(text));
function walk(where, value) {
  if (value instanceof Uint8Array) pieces.push([where, binary(value)]);
  else if (value instanceof ArrayBuffer) pieces.push([where, binary(new Uint8Array(value))]);
  else if (Array.isArray(value)) value.forEach((one) => walk(where, one));
  else if (value && typeof value === "object") Object.entries(value).forEach(([key, one]) => { pieces.push([where, utf8(key)]); walk(where, one); });
  else if (value !== undefined && value !== null) pieces.push([where, utf8(String(value))]);
}
const asked = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
(async () => {
  for (const { name } of await indexedDB.databases()) {
    const base = await asked(indexedDB.open(name));
    for (const store of base.objectStoreNames) {
      const transaction = base.transaction(store);
      const [keys, values] = await Promise.all([asked(transaction.objectStore(store).getAllKeys()), asked(transaction.objectStore(store).getAll())]);
      keys.forEach((key, i) => { walk(`indexedDB ${name}/${store}`, key); walk(`indexedDB ${name}/${store}`, values[i]); });
    }
    base.close();
  }
  for (const [where, area] of [["localStorage", localStorage], ["sessionStorage", sessionStorage]])
    for (let i = 0; i < area.length; i++) { walk(where, area.key(i)); walk(where, area.getItem(area.key(i))); }
  walk("cookie", document.cookie);
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      walk(`cache ${name}`, request.url);
      // The app's own files hold no word of a person's, and are large.
      if (new URL(request.url).pathname.startsWith("/v1/")) walk(`cache ${name}`, await (await cache.match(request)).text());
    }
  }
})().then(() => done({ ok: pieces }), (error) => done({ error: String(error) }));
