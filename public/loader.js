// Starts one of Vigie's workers: `cargo xtask build` puts this file beside each module as `<module>_loader.js`.
const name = self.location.pathname.replace(/^.*\//, "").replace(/_loader\.js$/, "");
const module = `/${name}_bg.wasm`;
importScripts(`/${name}.js`);

// Firefox lets no `fetch` of a worker reach the service worker while the device is offline (its bug 2067202), but lets
// an XMLHttpRequest through.
const asked = () =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", module);
    request.responseType = "arraybuffer";
    request.onload = () => (request.status === 200 ? resolve(request.response) : reject(new Error(`${module}: ${request.status}`)));
    request.onerror = () => reject(new Error(`${module}: not there`));
    request.send();
  });

wasm_bindgen({ module_or_path: fetch(module).catch(asked) }).catch((error) =>
  // Thrown out of the promise, so that the page hears of it.
  setTimeout(() => {
    throw error;
  }),
);
