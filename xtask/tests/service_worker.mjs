// The service worker's promises, without a browser: caches, server and registration are plain objects here, and each
// "worker" is `public/sw.js` with the list that a build would write into it.

import assert from "node:assert/strict";
import { createHash, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const source = readFileSync(new URL("../../public/sw.js", import.meta.url), "utf8");
const digests = (files) =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [path, createHash("sha256").update(text).digest("hex")]));

/** A browser with one origin, and a server whose files can be changed. */
function browser() {
  const kept = new Map();
  const caches = {
    open: async (name) => {
      if (!kept.has(name)) kept.set(name, new Map());
      const cache = kept.get(name);
      return { match: async (path) => cache.get(path)?.clone(), put: async (path, response) => void cache.set(path, response) };
    },
    keys: async () => [...kept.keys()],
    delete: async (name) => kept.delete(name),
  };
  const here = { kept, server: {}, registration: { waiting: null, update: async () => (here.looked = true) }, skipped: false };
  const fetch = async (path) => (path in here.server ? new Response(here.server[path]) : new Response("", { status: 404 }));

  /** A run of a version's script: its memory is new, what is kept is not. */
  here.run = (version, shell, later = {}) => {
    const listed = [["VERSION", version], ["SHELL", digests(shell)], ["LATER", digests(later)]];
    const script = listed.reduce(
      (text, [name, value]) => text.replace(new RegExp(`^const ${name} = .*$`, "m"), `const ${name} = ${JSON.stringify(value)};`),
      source,
    );
    const heard = {};
    const self = {
      addEventListener: (name, act) => (heard[name] = act),
      location: { origin: "https://vigie.example" },
      registration: here.registration,
      clients: { claim: async () => {} },
      skipWaiting: () => (here.skipped = true),
    };
    vm.runInNewContext(script, { self, caches, fetch, Response, Headers, URL, crypto: webcrypto });
    const tell = async (name, event = {}) => {
      let wait, answer;
      heard[name]({ ...event, waitUntil: (promise) => (wait = promise), respondWith: (promise) => (answer = promise) });
      await wait;
      return answer && (await answer);
    };
    const ask = (path, mode) => tell("fetch", { request: { method: "GET", url: `https://vigie.example${path}`, mode } });
    return {
      install: () => tell("install"),
      activate: () => tell("activate"),
      agree: (page) => tell("message", { data: { type: "activate" }, source: page, ports: [] }),
      keep: (...paths) => tell("message", { data: { type: "keep", paths }, ports: [] }),
      versions: () =>
        new Promise((told) => tell("message", { data: { type: "version" }, ports: [{ postMessage: (said) => told({ ...said }) }] })),
      page: async () => (await ask("/carnet", "navigate")).text(),
      get: (path) => ask(path, "cors"),
    };
  };
  return here;
}

const FIRST = { "/index.html": "page 1", "/worker.js": "worker 1" };
const SECOND = { "/index.html": "page 2", "/worker.js": "worker 2" };
const DESK = { "/desk.js": "desk 1" };
const NEW_DESK = { "/desk.js": "desk 2" };

/** A phone with the first version, and a server that has the second since. */
async function behind() {
  const phone = browser();
  phone.server = { ...FIRST, ...DESK };
  const first = phone.run("1", FIRST, DESK);
  await first.install();
  await first.activate();
  phone.server = { ...SECOND, ...NEW_DESK };
  const second = phone.run("2", SECOND, NEW_DESK);
  await second.install();
  return { phone, first, second };
}

test("the first version serves itself", async () => {
  const phone = browser();
  phone.server = { ...FIRST };
  const first = phone.run("1", FIRST);
  await first.install();
  await first.activate();
  phone.server = {};
  assert.equal(await first.page(), "page 1");
  assert.deepEqual(await first.versions(), { served: "1", offered: "1" });
});

test("a version that the browser put in place serves the one that was accepted, also when it starts again", async () => {
  const { phone, second } = await behind();
  await second.activate();
  for (const worker of [second, phone.run("2", SECOND, NEW_DESK)]) {
    assert.equal(await worker.page(), "page 1");
    assert.equal(await (await worker.get("/worker.js")).text(), "worker 1");
    assert.deepEqual(await worker.versions(), { served: "1", offered: "2" });
  }
});

test("a file of a version that nobody accepted is refused, and the newer version is looked for", async () => {
  const { phone, first } = await behind();
  assert.equal((await first.get("/desk.js")).type, "error");
  assert.ok(phone.looked);
});

test("one that waits takes over when the person agrees, and the other's cache goes", async () => {
  const { phone, first, second } = await behind();
  phone.registration.waiting = second;
  await second.agree();
  assert.ok(phone.skipped);
  assert.equal(await first.page(), "page 1");
  phone.registration.waiting = null;
  await second.activate();
  assert.equal(await second.page(), "page 2");
  assert.equal(await (await second.get("/desk.js")).text(), "desk 2");
  assert.deepEqual([...phone.kept.keys()].sort(), ["vigie-2", "vigie-accepted"]);
});

test("one that is in place already says when it serves itself", async () => {
  const { second } = await behind();
  await second.activate();
  let said;
  await second.agree({ postMessage: (message) => (said = message.type) });
  assert.equal(said, "accepted");
  assert.equal(await second.page(), "page 2");
});

test("a third version replaces one that nobody accepted, and the accepted one still serves", async () => {
  const { phone, second } = await behind();
  await second.activate();
  const third = phone.run("3", { ...SECOND, "/index.html": "page 3" });
  phone.server = { ...SECOND, "/index.html": "page 3" };
  await third.install();
  await third.activate();
  assert.equal(await third.page(), "page 1");
  assert.deepEqual([...phone.kept.keys()].sort(), ["vigie-1", "vigie-3", "vigie-accepted"]);
});

test("where the browser took the accepted version away, what the server has is shown rather than nothing", async () => {
  const { phone } = await behind();
  phone.kept.delete("vigie-1");
  phone.server = { "/index.html": "page 4" };
  phone.kept.delete("vigie-2");
  assert.equal(await phone.run("2", SECOND, NEW_DESK).page(), "page 4");
});

test("the languages that are spoken here are kept, and brought along by the next version", async () => {
  const phone = browser();
  const words = { "/lang/fr.txt": "bonjour", "/lang/es.txt": "hola" };
  phone.server = { ...FIRST, ...words };
  const first = phone.run("1", FIRST, words);
  await first.install();
  await first.activate();
  // The page fetched its words before there was somebody to keep them, and names a file that is none of ours.
  await first.keep("/lang/fr.txt", "/else.txt");
  const newer = { "/lang/fr.txt": "bonsoir", "/lang/es.txt": "buenas" };
  phone.server = { ...SECOND, ...newer };
  const second = phone.run("2", SECOND, newer);
  await second.install();
  phone.server = {};
  assert.equal(await (await first.get("/lang/fr.txt")).text(), "bonjour");
  await second.activate();
  await second.agree();
  assert.equal(await (await second.get("/lang/fr.txt")).text(), "bonsoir");
  await assert.rejects(async () => assert.ok((await second.get("/lang/es.txt")).ok), "never asked for");
});

test("the mailbox's requests, and files of no version, are left alone", async () => {
  const { first } = await behind();
  await first.page();
  assert.equal(await first.get("/v1/feed"), undefined);
  assert.equal(await first.get("/else.txt"), undefined);
});
