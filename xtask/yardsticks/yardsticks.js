// The engines that Vigie's is held against, each behind the same four acts, for the page of `tests/engine.rs`:
// load(xml), answer(path, value), value(path), close(). Bundled by `cargo xtask bench`.
import { loadForm } from "@getodk/xforms-engine";
import { Form } from "enketo-core";
import { transform } from "enketo-transformer/web";

/** ODK Web Forms' engine. */
const odk = async (xml) => {
  const read = await loadForm(xml);
  if (read.status === "failure") throw read.error;
  const instance = read.createInstance();
  const nodes = new Map();
  const visit = (node) => {
    nodes.set(node.currentState.reference, node);
    for (const child of node.currentState.children ?? []) visit(child);
  };
  const find = (path) => {
    if (!nodes.size) visit(instance.root);
    return nodes.get(path);
  };
  return {
    answer: (path, value) => find(path).setValue(value),
    value: (path) => String(find(path).currentState.value ?? ""),
    close: () => nodes.clear(),
  };
};

/** Enketo: its transformer's work is not counted, because a server does it. */
const enketo = async ({ form, model }) => {
  const holder = document.createElement("div");
  holder.innerHTML = form;
  const element = holder.querySelector("form");
  document.body.append(element);
  const engine = new Form(element, { modelStr: model }, {});
  const errors = engine.init();
  if (errors.length) throw new Error(errors.join("; "));
  const fields = new Map();
  const find = (path) => {
    if (!fields.has(path)) fields.set(path, element.querySelector(`[name="${path}"]`));
    return fields.get(path);
  };
  return {
    answer: (path, value) => {
      const input = find(path);
      input.value = value;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    },
    value: (path) => {
      find(path);
      return engine.model.node(path, 0).getVal() ?? "";
    },
    close: () => {
      engine.resetView();
      element.remove();
    },
  };
};

window.yardsticks = {
  "ODK's engine": { prepare: async (xml) => xml, load: odk },
  Enketo: { prepare: (xml) => transform({ xform: xml }), load: enketo },
};
