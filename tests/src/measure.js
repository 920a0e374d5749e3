// The measurements of `measures.rs`, over `vigie.ask` (worker.js). Times are in milliseconds; questions and replies are base 64.
window.measure = (() => {
  const { ask } = window.vigie;
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const text = (reply) => btoa(Array.from(reply, (byte) => String.fromCharCode(byte)).join(""));
  const timed = async (act) => {
    const start = performance.now();
    await act();
    return performance.now() - start;
  };
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  /** Asks one after the other. */
  const all = async (questions) => {
    const replies = [];
    for (const question of questions.map(bytes)) {
      let reply;
      const ms = await timed(async () => (reply = await ask(question)));
      replies.push({ reply: text(reply), ms });
    }
    return replies;
  };

  const opened = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });

  /** Asks one after the other, each against a bare put of `size` bytes, made durable. */
  const againstPuts = async (questions, size) => {
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
    const [ours, bare] = [[], []];
    for (const [i, question] of questions.map(bytes).entries()) {
      ours.push(await timed(() => ask(question)));
      const row = crypto.getRandomValues(new Uint8Array(size));
      bare.push(await timed(() => put(`row ${i % 10}`, row)));
    }
    base.close();
    return { ours, bare };
  };

  /** Bytes that nothing makes smaller, as a photo's are. */
  const fill = (bytes) => {
    for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, bytes.length)));
    return bytes;
  };
  /** A length as postcard writes it: seven bits a byte, the low ones first. */
  const length = (n) => (n < 128 ? [n] : [(n % 128) + 128, ...length(Math.floor(n / 128))]);

  /** Asks a question that ends with an empty file, with a file of `size` bytes in its place. */
  const withFile = async (question, size) => {
    const [head, long] = [bytes(question).slice(0, -1), length(size)];
    const whole = new Uint8Array(head.length + long.length + size);
    whole.set(head);
    whole.set(long, head.length);
    fill(whole.subarray(head.length + long.length));
    return text(await ask(whole));
  };

  /** Asks `long`, and the others one after the other again and again until it is answered: how long each took. */
  const during = async (long, others) => {
    const questions = others.map(bytes);
    const times = [];
    let over = false;
    const asked = ask(bytes(long)).finally(() => (over = true));
    for (let n = 0; !over; n++) {
      times.push(await timed(() => ask(questions[n % questions.length])));
      await wait(150);
    }
    return { reply: text(await asked), times };
  };

  return { all, againstPuts, withFile, during };
})();
