// Speaks to the notebook's worker as the page does, for measuring it without the page.
// Leaves `vigie.ask(request, bytes)` → {answer, bytes}, which throws the worker's failure.
window.vigie = (() => {
  const worker = new Worker("/vigie-worker_loader.js");
  const waiting = new Map();
  let next = 1;
  let hear;
  const ready = new Promise((resolve) => (hear = resolve));
  worker.onerror = (event) => waiting.forEach(({ reject }) => reject(new Error(event.message || "the worker stopped")));
  worker.onmessage = ({ data }) => {
    hear();
    if (!data.json) return;
    const message = JSON.parse(data.json);
    if (!message.reply) return;
    const { id, result } = message.reply;
    const told = waiting.get(id);
    waiting.delete(id);
    if (!told) return;
    if (result.Ok) told.resolve({ answer: result.Ok, bytes: data.bytes });
    else told.reject(new Error(JSON.stringify(result.Err)));
  };
  const ask = async (request, bytes) => {
    await ready;
    const id = next++;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, json: JSON.stringify({ id, request }), bytes }, bytes ? [bytes.buffer] : []);
    });
  };
  return { ask };
})();
