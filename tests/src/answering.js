// The measurements of `engine.rs` in the app itself. Times are in milliseconds, from a tap to the paint that shows its effect.
window.answering = (() => {
  /** When what stands in the page now has been painted. */
  const painted = () =>
    new Promise((done) =>
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => done(performance.now());
        channel.port2.postMessage(0);
      }),
    );
  const until = (condition) =>
    new Promise((done) => {
      if (condition()) return done();
      const observer = new MutationObserver(() => {
        if (!condition()) return;
        observer.disconnect();
        done();
      });
      observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    });
  const named = (name) => [...document.querySelectorAll("a, button")].find((one) => one.checkVisibility() && one.textContent.includes(name));
  const shown = () => [...document.querySelectorAll("#questions .question")].filter((one) => one.checkVisibility());
  const progress = () => document.querySelector("progress.progress")?.getAttribute("value");

  /** Opens the questionnaire of this name, until its first question is drawn. */
  const opening = async (name) => {
    const start = performance.now();
    named(name).click();
    await until(() => shown().length > 0);
    return (await painted()) - start;
  };

  /** Answers the choices on the next `count` screens; of each, the time to the next paint, and to when it is kept and all that it changed is drawn. */
  const pages = async (count, next) => {
    const times = [];
    for (let page = 0; page < count && named(next); page++) {
      const before = shown().map((one) => one.textContent).join();
      const choice = shown().flatMap((one) => [...one.querySelectorAll("input[type=radio], input[type=checkbox]")]).find((one) => !one.checked);
      if (choice && !shown().some((one) => one.querySelector(":checked"))) {
        const stood = progress();
        const start = performance.now();
        choice.click();
        const paint = painted();
        await until(() => progress() !== stood);
        const whole = await painted();
        times.push([(await paint) - start, whole - start]);
      }
      // What is missing is said at the first press, the second goes on.
      const moved = () => !named(next) || shown().map((one) => one.textContent).join() !== before;
      named(next).click();
      await painted();
      await new Promise((done) => setTimeout(done, 60));
      if (!moved()) named(next).click();
      await until(moved);
    }
    return times;
  };

  return { opening, pages };
})();
