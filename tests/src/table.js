// The measurements of `table.rs`, on the page of the office's table. Times are in milliseconds.
window.table = (() => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  // A task that is asked for in a frame runs once the frame is drawn.
  const drawn = () =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(null);
    });

  /** Scrolls by so many pixels in each frame: how long it was from one frame to the next, rows that came meanwhile drawn in it. */
  const scroll = async (frames, pixels) => {
    const region = document.querySelector(".table-scroll");
    region.scrollTop = 0;
    const times = [];
    let before = await frame();
    for (let n = 0; n < frames; n++) {
      region.scrollTop += pixels;
      const now = await frame();
      times.push(now - before);
      before = now;
    }
    return times;
  };

  /** Types each word letter by letter, as fast as it is drawn: how long until what the table shows is drawn. */
  const search = async (words) => {
    const field = document.querySelector("input[type=search]");
    const status = document.querySelector(".tools [role=status]");
    const said = () =>
      new Promise((resolve) => {
        const watch = new MutationObserver(() => resolve(true));
        watch.observe(status, { characterData: true, childList: true, subtree: true });
        // A letter that finds as many as before says nothing.
        setTimeout(() => resolve(false), 1000);
      });
    const times = [];
    for (const word of words)
      for (let n = 1; n <= word.length + 1; n++) {
        const start = performance.now();
        field.value = n > word.length ? "" : word.slice(0, n);
        const told = said();
        field.dispatchEvent(new Event("input", { bubbles: true }));
        if (!(await told)) continue;
        await frame();
        await drawn();
        times.push(performance.now() - start);
      }
    return times;
  };

  return { scroll, search };
})();
