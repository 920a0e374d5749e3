// Answers the questionnaires at random in ODK's own engine, and writes down every node's state after each answer.
//
// arguments: the tools' folder, then the folder that holds xlsforms/*.xform.xml; traces.jsonl is written there, a line
// per run: form, seed, the state at the start, then of each step what was done and what changed.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [tools, folder] = process.argv.slice(2);
const SEEDS = [1, 2, 3];
const STEPS = 240;
const MOST_ROWS = 3;
/** The moment that the other side is told: days must be the same on both. */
const NOW = 1_764_000_000_123;

process.env.TZ = "America/Phoenix";
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length) super(...given);
    else super(NOW);
  }
  static now() {
    return NOW;
  }
};
const installed = (path) => import(pathToFileURL(join(tools, "npm/node_modules", path)));
const { JSDOM } = (await installed("jsdom/lib/api.js")).default;
const { window } = new JSDOM("<!doctype html>");
for (const name of Object.getOwnPropertyNames(window)) {
  if (/^(DOMParser|XMLSerializer|XPath\w+|Node\w*|Element|Attr|Text|CharacterData|Comment|CDATASection|ProcessingInstruction|Document\w*|XMLDocument|document)$/.test(name)) {
    globalThis[name] = window[name];
  }
}
// Its expression parser takes Node for a module of the old kind.
globalThis.__dirname = "/";
const { createInstance } = await installed("@getodk/xforms-engine/dist/index.js");

/** xorshift32: the same run for the same seed, everywhere. */
function dice(seed) {
  let x = (seed * 2654435761) >>> 0 || 1;
  return (n) => {
    x ^= x << 13;
    x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x % n;
  };
}

const isMeta = (path) => /^\/[^/]+\/(orx:)?meta(\/|$)/.test(path);
const LEAVES = new Set(["input", "select", "rank", "range", "upload", "trigger", "note", "model-value"]);

function* nodesOf(node) {
  if (node.nodeType !== "root") yield node;
  for (const child of node.currentState.children ?? []) yield* nodesOf(child);
}

function stateOf(node) {
  const now = node.currentState;
  const state = { type: node.nodeType, relevant: now.relevant };
  if (node.nodeType.startsWith("repeat-range")) state.count = now.children.length;
  if (LEAVES.has(node.nodeType)) {
    state.readonly = now.readonly;
    state.required = now.required;
    state.value = now.relevant ? now.instanceValue : null;
    state.violation = node.validationState.violation?.condition ?? null;
    if (now.label) state.label = now.label.asString;
  }
  if (["select", "rank"].includes(node.nodeType)) state.options = now.valueOptions.map((option) => option.value);
  return state;
}

function stateOfAll(root) {
  const all = {};
  for (const node of nodesOf(root)) {
    const path = node.currentState.reference;
    if (!isMeta(path)) all[path] = stateOf(node);
  }
  return all;
}

/** A value in the words of the form's XML, good more often than not; nothing when there is none to give. */
function answer(node, roll) {
  const { valueOptions } = node.currentState;
  const options = valueOptions?.map((option) => option.value) ?? [];
  switch (node.nodeType) {
    case "select": {
      if (!options.length) return null;
      if (node.selectType === "select1") return options[roll(options.length)];
      return options.filter(() => roll(3) === 0).join(" ") || options[roll(options.length)];
    }
    case "rank":
      return [...options.slice(roll(options.length)), ...options].filter((one, at, all) => all.indexOf(one) === at).join(" ");
    case "range":
      return String(Number(node.definition.bodyElement.bounds?.min ?? 0) + 5 * roll(2));
    case "trigger":
      return "OK";
    case "input":
      switch (node.valueType) {
        case "int":
          return ["0", "1", "2", "5", "12", "40", "-3", "1500"][roll(8)];
        case "decimal":
          return ["0", "1.5", "8", "20", "40.25", "-1"][roll(6)];
        case "date":
          return ["2025-11-20", "2025-03-01", "2024-01-15", "2026-02-28"][roll(4)];
        case "time":
          return ["07:30:00.000-07:00", "16:00:00.000-07:00", "22:15:00.000-07:00"][roll(3)];
        case "geopoint":
          return "45.5 -73.6 0 5";
        default:
          return ["été", "a", "F12", "HTG", "https://example.org/politique", "HT2021123ABC123", "quelqu’un, à l’atelier"][roll(7)];
      }
    default:
      return null;
  }
}

function give(node, value) {
  if (node.nodeType === "select") node.selectType === "select1" ? node.selectValue(value) : node.selectValues(value.split(" "));
  else if (node.nodeType === "rank") node.setValues(value.split(" "));
  else if (node.nodeType === "trigger") node.setValue(true);
  else node.setValue(value);
}

/** One step: a row added or taken away, or a question answered; what was done, or nothing when nothing could be. */
function act(root, roll) {
  const ranges = [...nodesOf(root)].filter((node) => node.nodeType === "repeat-range:uncontrolled" && node.currentState.relevant);
  if (ranges.length && roll(8) === 0) {
    const range = ranges[roll(ranges.length)];
    const path = range.currentState.reference;
    const rows = range.currentState.children.length;
    if (rows < MOST_ROWS) {
      range.addInstances();
      return { addRepeat: path };
    }
    const index = roll(rows);
    range.removeInstances(index);
    return { remove: path, index };
  }
  const asked = [...nodesOf(root)].filter(
    (node) => LEAVES.has(node.nodeType) && !["note", "model-value", "upload"].includes(node.nodeType) && node.currentState.relevant && !node.currentState.readonly && !isMeta(node.currentState.reference),
  );
  // Most often what is still open, so that a run comes to the end of the questionnaire.
  const open = asked.filter((node) => !node.currentState.instanceValue || node.validationState.violation);
  const among = open.length && roll(5) ? open : asked;
  const node = among[roll(among.length)];
  const value = node && answer(node, roll);
  if (!value) return null;
  const set = node.currentState.reference;
  give(node, value);
  return { set, value };
}

const lines = [];
for (const file of (await readdir(join(folder, "xlsforms"))).filter((name) => name.endsWith(".xform.xml")).sort()) {
  const xml = await readFile(join(folder, "xlsforms", file), "utf8");
  for (const seed of SEEDS) {
    const roll = dice(seed);
    const { root } = await createInstance(xml);
    let before = stateOfAll(root);
    const run = { form: `xlsforms/${file}`, seed, start: before, trace: [] };
    const languages = root.languages.filter((language) => !language.isSyntheticDefault);
    for (let step = 0; step < STEPS; step += 1) {
      let done;
      if (step % 40 === 20 && languages.length) {
        const language = languages[roll(languages.length)];
        root.setLanguage(language);
        done = { language: language.language };
      } else done = act(root, roll);
      if (!done) continue;
      const after = stateOfAll(root);
      const changed = {};
      for (const [path, state] of Object.entries(after)) {
        if (JSON.stringify(before[path]) !== JSON.stringify(state)) changed[path] = state;
      }
      run.trace.push({ ...done, changed, gone: Object.keys(before).filter((path) => !(path in after)) });
      before = after;
    }
    lines.push(JSON.stringify(run));
  }
}
await writeFile(join(folder, "traces.jsonl"), `${lines.join("\n")}\n`);
console.log(`${lines.length} runs of ODK's engine written`);
