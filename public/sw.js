// Vigie's service worker: the app opens at once and with no network.
//
// - What the phone needs is fetched once, at install, each file checked against the SHA-256 that the build wrote below:
//   a damaged or half-replaced file makes the installation fail, and the version before it keeps working.
// - A file that did not change is taken from the version before: an update downloads only what is new.
// - What only some people need (the desk's module, the word lists) is kept at its first use.
// - Requests to the server (`/v1/`) are never touched.
// - A new version waits. The page offers it and sends {type: "activate"} when the person agrees.

// `cargo xtask build` replaces these three lines. As they stand, every request goes to the network.
const VERSION = "development";
const SHELL = {};
const LATER = {};

const PREFIX = "vigie-";
const CACHE = PREFIX + VERSION;
const DIGEST = "vigie-sha256";
const PAGE = "/index.html";

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("message", (event) => {
  if (event.data && event.data.type === "activate") self.skipWaiting();
  if (event.data && event.data.type === "version" && event.ports[0]) event.ports[0].postMessage(VERSION);
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin || url.pathname.startsWith("/v1/")) return;
  if (request.mode === "navigate") {
    if (PAGE in SHELL) event.respondWith(kept(PAGE, SHELL[PAGE]));
    return;
  }
  const digest = SHELL[url.pathname] || LATER[url.pathname];
  if (digest) event.respondWith(kept(url.pathname, digest));
});

/** Fetches or carries over every file of the shell; fails whole, so that a version is complete or absent. */
async function fill() {
  const cache = await caches.open(CACHE);
  await Promise.all(Object.entries(SHELL).map(([path, digest]) => store(cache, path, digest)));
}

/** Drops the caches of other versions, once no page uses them any more. */
async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The file from this version's cache; else from the network, and kept when it is the file that the build listed. */
async function kept(path, digest) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(path);
  if (found) return found;
  try {
    return await store(cache, path, digest);
  } catch (error) {
    if (error instanceof Mismatch) return error.response;
    throw error;
  }
}

/** Puts one file into the cache and returns it. */
async function store(cache, path, digest) {
  const carried = await carriedOver(path, digest);
  const response = carried || (await fetched(path, digest));
  const answer = response.clone();
  await cache.put(path, response);
  return answer;
}

/** The same file as another version of the app kept it, known by its digest. */
async function carriedOver(path, digest) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX) || name === CACHE) continue;
    const found = await (await caches.open(name)).match(path);
    // The page's headers hold the policy of the version they came with: fetch the page each time.
    if (found && path !== PAGE && found.headers.get(DIGEST) === digest) return found;
  }
  return undefined;
}

/** The file from the server, checked against the digest that the build wrote. */
async function fetched(path, digest) {
  const response = await fetch(path, { cache: "no-cache", credentials: "same-origin" });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  const bytes = await response.clone().arrayBuffer();
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  const found = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== digest) throw new Mismatch(path, response);
  const headers = new Headers(response.headers);
  // The bytes kept are the decoded ones.
  headers.delete("content-encoding");
  headers.delete("content-length");
  headers.set(DIGEST, digest);
  return new Response(bytes, { status: 200, headers });
}

/** What came is not the file that the build listed: usable once, never kept. */
class Mismatch extends Error {
  constructor(path, response) {
    super(`${path}: not the file of version ${VERSION}`);
    this.response = response;
  }
}
