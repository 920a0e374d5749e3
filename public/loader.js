// Starts one of Vigie's workers: `cargo xtask build` puts this file beside each module as `<module>_loader.js`.
const name = self.location.pathname.replace(/^.*\//, "").replace(/_loader\.js$/, "");

/** A module. Firefox lets no `fetch` of a worker reach the service worker while the device is offline (its bug 2067202), but lets an XMLHttpRequest through. */
const fetched = (module) => fetch(module).catch(() => asked(module));

const asked = (module) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", module);
    request.responseType = "arraybuffer";
    request.onload = () =>
      request.status === 200
        ? resolve(new Response(request.response, { headers: { "content-type": "application/wasm" } }))
        : reject(new Error(`${module}: ${request.status}`));
    request.onerror = () => reject(new Error(`${module}: not there`));
    request.send();
  });

importScripts(`/${name}.js`);

programme.default({ module_or_path: fetched(`/${name}_bg.wasm`) }).catch((error) =>
  // Thrown out of the promise, so that the page hears of it.
  setTimeout(() => {
    throw error;
  }),
);
