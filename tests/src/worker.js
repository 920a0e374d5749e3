// Speaks to the notebook's worker as the page does, for measuring it without the page. What it says is postcard, which
// `measures.rs` writes and reads: here bytes only pass, in base 64 between this page and the test.
window.vigie = (() => {
  const worker = new Worker("/vigie-worker_loader.js");
  const waiting = new Map();
  let next = 1;
  let hear;
  const ready = new Promise((resolve) => (hear = resolve));
  worker.onerror = (event) => waiting.forEach(({ reject }) => reject(new Error(event.message || "the worker stopped")));
  worker.onmessage = ({ data }) => {
    hear();
    const told = waiting.get(data.id);
    waiting.delete(data.id);
    told?.resolve(data.bytes);
  };
  /** The reply's bytes. */
  const ask = async (bytes) => {
    await ready;
    const id = next++;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, bytes });
    });
  };
  return { ask };
})();
