// Put into a page before anything of its own: goes through the steps as each comes to be seen, and keeps
// when it was painted, in milliseconds since the page was asked for. A step is pressed or filled at once, as by somebody who
// waits for it.
window.firstMinute = { times: {}, origin: performance.timeOrigin, done: false };
(() => {
  const said = (element) => element.textContent.replace(/[\u00a0\u202f]/g, " ");
  const find = ({ css, text }) => [...document.querySelectorAll(css)].find((one) => one.checkVisibility() && (!text || said(one).includes(text)));
  /** Once what the frame under way shows has been painted. */
  const painted = (then) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => then(performance.now());
    channel.port2.postMessage(0);
  };
  const act = (element, { press, fill }) => {
    if (press) element.click();
    if (fill) {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(element, fill);
      for (const name of ["input", "change"]) element.dispatchEvent(new Event(name, { bubbles: true }));
    }
  };
  const steps = STEPS;
  let at = 0;
  // No frame is begun while a style is waited for, as nothing is painted then.
  const look = () => {
    const step = steps[at];
    const element = find(step);
    if (!element) return requestAnimationFrame(look);
    painted((now) => {
      window.firstMinute.times[step.name] = now;
      act(element, step);
      at += 1;
      if (at === steps.length) window.firstMinute.done = true;
      else requestAnimationFrame(look);
    });
  };
  requestAnimationFrame(look);
})();
