// Vigie's service worker: the app opens at once and with no network.
//
// - What the phone needs is fetched once, at install, each file checked against the SHA-256 that the build wrote below:
//   a damaged or half-replaced file makes the installation fail, and the version before it keeps working.
// - A file that did not change is taken from the version before: an update downloads only what is new.
// - What only some people need (the desk's module, the word lists) is kept at its first use. So are the words of a language;
//   a newer version brings those that were kept here.
// - Requests to the server (`/v1/`) are never touched.
// - No version takes another's place unless the person agrees: the page offers it and sends {type: "activate"}. A browser
//   replaces this script by itself once no page is open; a new one then goes on serving the version that was accepted, from
//   that version's cache and by that version's list.
// - A file that is not the one listed is never handed to a page, as long as the version it belongs to is here.

// `cargo xtask build` replaces these six lines, and makes of this a second script, for a partner's page: it has few files, and
// as nobody there keeps a notebook, no version is asked about. As they stand, every request goes to the network.
const VERSION = "development";
const SHELL = {};
const LATER = {};
const PREFIX = "vigie-";
const PAGE = "/index.html";
const SENDER = "";

const CACHE = PREFIX + VERSION;
const DIGEST = "vigie-sha256";
/** Whether a newer version waits for the person's word. */
const ASKS = PAGE === "/index.html";
/** The address of a partner's page, which is none of a notebook's. */
const PARTNER = "/q";
/** Where the version that the person accepted is written, with its list of files. */
const RECORD = PREFIX + "accepted";
const ACCEPTED = "/accepted";
const OURS = { version: VERSION, files: { ...SHELL, ...LATER } };

/** The version served; read once in the life of this script, and again when another is accepted. */
let served;

// What seals and sends for a partner sends with no page too, once the browser says that there is a network: her sealed answers wait
// under no passphrase. A notebook's keys are in its page's worker alone.
if (SENDER) {
  importScripts(`${SENDER}.js`);
  self.addEventListener("sync", (event) => event.waitUntil(send()));
}

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("message", (event) => {
  const type = event.data && event.data.type;
  if (type === "activate") event.waitUntil(agreed(event.source));
  if (type === "keep") event.waitUntil(keep(event.data.paths));
  if (type === "version" && event.ports[0]) event.waitUntil(tell(event.ports[0]));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !(PAGE in SHELL)) return;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin || url.pathname.startsWith("/v1/")) return;
  if (ASKS && request.mode === "navigate" && url.pathname === PARTNER) return;
  const path = request.mode === "navigate" ? PAGE : url.pathname;
  // What the version served does not list is none of ours.
  if (served && !served.files[path]) return;
  event.respondWith(answer(path, request));
});

/** Fetches or carries over every file of the shell; fails whole, so that a version is complete or absent. */
async function fill() {
  const cache = await caches.open(CACHE);
  const files = Object.entries({ ...SHELL, ...(await spoken()) });
  await Promise.all(files.map(([path, digest]) => store(cache, path, digest)));
}

/** Sends what waits. Fails while something does, so that the browser asks again. */
async function send() {
  const module = `${SENDER}_bg.wasm`;
  await programme.default({ module_or_path: answer(module, new Request(module)) });
  if (await programme.send()) throw new Error("answers still wait");
}

/** The languages that another version keeps here. */
async function spoken() {
  const all = Object.entries(LATER).filter(([path]) => path.startsWith("/lang/"));
  const kept = [];
  for (const name of await versions()) {
    const cache = await caches.open(name);
    for (const file of all) if (await cache.match(file[0])) kept.push(file);
  }
  return Object.fromEntries(kept);
}

/** Keeps what a page fetched before there was a service worker to keep it. */
async function keep(paths) {
  const listed = paths.filter((path) => OURS.files[path]);
  await Promise.all(listed.map((path) => kept(OURS, path, OURS.files[path]).catch(() => {})));
}

/** The names of the caches that hold a version. */
async function versions() {
  return (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== RECORD);
}

/** Drops the caches of versions that are neither this one nor the one accepted, once no page uses them any more. */
async function takeOver() {
  const { version } = (ASKS && (await accepted())) || (await accept());
  const kept = [CACHE, PREFIX + version, RECORD];
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && !kept.includes(name)).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The person agreed to this version. Waiting, it takes over, and the page hears of that; here already, it says so. */
async function agreed(page) {
  const waits = self.registration.waiting;
  await accept();
  if (waits) self.skipWaiting();
  else if (page) page.postMessage({ type: "accepted" });
}

/** Which version is served, and which one this script brings. */
async function tell(port) {
  const { version } = (await accepted()) || OURS;
  port.postMessage({ served: version, offered: VERSION });
}

/** Writes down that this version is the one to serve. */
async function accept() {
  const record = await caches.open(RECORD);
  await record.put(ACCEPTED, new Response(JSON.stringify(OURS), { headers: { "content-type": "application/json" } }));
  served = OURS;
  return OURS;
}

/** The version that the person accepted; none before the first, nor once its page is gone from here. */
async function accepted() {
  if (served) return served;
  const record = await caches.open(RECORD);
  const found = await record.match(ACCEPTED);
  if (!found) return undefined;
  const version = await found.json();
  const page = await (await caches.open(PREFIX + version.version)).match(PAGE);
  if (page) served = version;
  return page && version;
}

/** What is asked for, of the version served; what it does not list comes from the network. */
async function answer(path, request) {
  const version = (await accepted()) || OURS;
  const digest = version.files[path];
  return digest ? kept(version, path, digest) : fetch(request);
}

/** The file from the version's cache; else from the network, and kept when it is the file that the build listed. */
async function kept(version, path, digest) {
  const cache = await caches.open(PREFIX + version.version);
  const found = await cache.match(path);
  if (found) return found;
  try {
    return await store(cache, path, digest);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    // The server is at another version: that one is offered, and nothing of it is run before. Without its page this version
    // is gone from here, and what the server has is all there is.
    self.registration.update().catch(() => {});
    return (await cache.match(PAGE)) ? Response.error() : error.response;
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
  for (const name of await versions()) {
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

/** What came is not the file that the build listed: never kept. */
class Mismatch extends Error {
  constructor(path, response) {
    super(`${path}: not the file of version ${VERSION}`);
    this.response = response;
  }
}
