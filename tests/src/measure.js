// The measurements of `measures.rs`, over `vigie.ask` (worker.js). Times are in milliseconds.
window.measure = (() => {
  const { ask } = window.vigie;
  const sorted = (times) => [...times].sort((a, b) => a - b);
  const median = (times) => sorted(times)[Math.floor(times.length / 2)];
  const p95 = (times) => sorted(times)[Math.ceil(times.length * 0.95) - 1];
  const timed = async (act) => {
    const start = performance.now();
    await act();
    return performance.now() - start;
  };
  const places = ["Ouanaminthe", "Port-au-Prince", "Cap-Haïtien", "Juárez", "Villa Altagracia"];
  const words = ["rencontre", "atelier", "salaire", "machine", "sécurité", "congé", "inspection", "comité", "retard", "usine"];
  const note = (n) => ({
    title: `${words[n % 10]} ${places[n % 5]} ${n}`,
    text: `Note ${n}. ${words[(n * 7) % 10]} et ${words[(n * 3) % 10]}: les heures supplémentaires ne sont pas payées depuis mars; deux personnes disent avoir été menacées de renvoi. `.repeat(3),
    place: places[(n * 3) % 5],
    at: "2026-10-14T16:20",
    themes: ["wages"],
  });
  const passphrase = "brume rivage lanterne tilleul cortège";

  /** A notebook without an office. */
  const begin = () => ask({ create_vault: { passphrase, name: "", invite: null, lang: "fr" } });

  /** Writes notes until there are `count`. */
  const grow = async (from, count) => {
    for (let n = from; n < count; n++) {
      const { answer } = await ask({ edit: { rec: null, kind: "note" } });
      const rec = answer.editing.rec;
      await ask({ save_draft: { rec, fields: note(n) } });
      await ask({ finish: { rec } });
    }
  };

  const page = (search) => ask({ entries: { filter: { search }, offset: 0, limit: 50 } });
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  /** Waits until every entry is open, so that what follows is not measured beside it. */
  const settled = async () => {
    for (;;) if ((await page("")).answer.entries.complete) return;
    else await wait(50);
  };

  /** Unlocking to the notebook's first page, less what a wrong passphrase takes, which is the derivation of the key. */
  const unlock = async (times) => {
    let [least, leastDerivation] = [Infinity, Infinity];
    for (let i = 0; i < times; i++) {
      await settled();
      await ask("lock");
      let delay = 0;
      const derivation = await timed(() =>
        ask({ unlock: { passphrase: "une autre phrase de passe" } }).catch((error) => (delay = JSON.parse(error.message).wrong_passphrase.wait_ms)),
      );
      await wait(delay + 20);
      const whole = await timed(async () => {
        await ask({ unlock: { passphrase } });
        await page("");
      });
      least = Math.min(least, whole);
      leastDerivation = Math.min(leastDerivation, derivation);
    }
    await settled();
    // The least of each: what disturbs the machine only ever adds.
    return Math.max(least - leastDerivation, 1);
  };

  /** The notebook after a start. */
  const open = async () => {
    await ask({ unlock: { passphrase } });
    await settled();
  };

  /** Searching as it is typed, letter by letter. */
  const search = async () => {
    await settled();
    const times = [];
    for (const word of words) for (let i = 1; i <= word.length; i++) times.push(await timed(() => page(word.slice(0, i))));
    return p95(times);
  };

  const opened = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });

  /** Keeping a draft, against a bare put of as many bytes, each made durable. */
  const saved = async (times) => {
    const request = indexedDB.open("bare-put", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("rows");
    const base = await opened(request);
    const put = (key, bytes) =>
      new Promise((resolve, reject) => {
        const transaction = base.transaction("rows", "readwrite", { durability: "strict" });
        transaction.objectStore("rows").put(bytes, key);
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
    const { answer } = await ask({ edit: { rec: null, kind: "note" } });
    const rec = answer.editing.rec;
    const size = new TextEncoder().encode(JSON.stringify(note(1))).length;
    const [ours, bare] = [[], []];
    for (let i = 0; i < times; i++) {
      const fields = { ...note(i), title: `brouillon ${i}` };
      ours.push(await timed(() => ask({ save_draft: { rec, fields } })));
      const bytes = crypto.getRandomValues(new Uint8Array(size));
      bare.push(await timed(() => put(`row ${i % 10}`, bytes)));
    }
    await ask({ drop_draft: { rec } });
    base.close();
    return { value: median(ours), against: median(bare) };
  };

  /** A notebook in a mission. */
  const join = (link) => ask({ create_vault: { passphrase, name: "Ana", invite: { text: link, origin: location.origin }, lang: "fr" } });

  /** Bytes that nothing makes smaller, as a photo's are. */
  const photo = (size) => {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, size)));
    return bytes;
  };

  /** Fills the mission's questionnaire with a photo, once for each from `from` to `to`. */
  const photos = async (from, to, size) => {
    const { answer } = await ask("forms");
    const form = answer.forms[0].id;
    for (let n = from; n < to; n++) {
      const begun = await ask({ start_response: { form, lang: "fr" } });
      const { rec, nodes } = begun.answer.form;
      const node = nodes.find(({ path }) => path.endsWith("/photo")).path;
      await ask({ attach_file: { rec, node, name: `photo-${n}.jpg`, mime: "image/jpeg" } }, photo(size));
      await ask({ finish_response: { rec } });
    }
  };

  /** Sends all that waits, and keeps drafts meanwhile: how long one takes to be durable, the 95th of all. */
  const leaving = async () => {
    const { answer } = await ask({ edit: { rec: null, kind: "note" } });
    const rec = answer.editing.rec;
    const times = [];
    let counts;
    const sent = () => {
      const { here, going, stored, received } = counts;
      return here + going === 0 && stored + received > 0;
    };
    const sending = ask("send_now");
    let over = false;
    sending.then(() => (over = true), () => (over = true));
    for (let n = 0; !over; n++) {
      times.push(await timed(() => ask({ save_draft: { rec, fields: note(n) } })));
      await wait(150);
    }
    counts = (await ask("counts")).answer.counts;
    const left = sent() ? 0 : counts.here + counts.going;
    await ask({ drop_draft: { rec } });
    return { p95: p95(times), saves: times.length, left };
  };

  return { begin, grow, open, unlock, search, saved, join, photos, leaving };
})();
