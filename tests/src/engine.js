// The measurements of `engine.rs`: Vigie's engine and the yardsticks, by turns, in one page. Times are in milliseconds.
import init, { Engine, form } from "./vigie.js";
import "./yardsticks.js";

await init({ module_or_path: "./vigie_bg.wasm" });
const median = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
const p95 = (times) => times.sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1];

const ours = {
  prepare: async (xml) => xml,
  load: async (xml) => {
    const engine = Engine.load(xml);
    return {
      answer: (path, value) => engine.answer(path, value),
      value: (path) => engine.value(path),
      close: () => engine.free(),
    };
  },
};
const engines = { Vigie: ours, ...window.yardsticks };

// What is answered in each form, and what must stand at its end then.
const QUESTIONS = 60;
const acts = {
  questions: (n, round) => ({
    answers: Array.from({ length: QUESTIONS }, (_, i) => [`/data/q${i + 1}`, String(round + i)]),
    // As many at a time: one alone is too short for the page's clock.
    together: 20,
    ends: [[`/data/s${QUESTIONS}`, String(5 * round + QUESTIONS * 5 - 15)]],
  }),
  fan: (n, round) => ({ answers: [["/data/a", String(round)]], together: 1, ends: [["/data/c1", String(round + 1)], [`/data/c${n}`, String(round + n)]] }),
  chain: (n, round) => ({ answers: [["/data/c0", String(round)]], together: 1, ends: [["/data/c1", String(round + 1)], [`/data/c${n}`, String(round + n)]] }),
};

/** One engine, one time: its loading and its answers into `times`; throws when it fails or says something wrong. */
const turn = async (engine, prepared, name, n, round, times) => {
  let start = performance.now();
  const session = await engine.load(prepared);
  times.load.push(performance.now() - start);
  try {
    const { answers, together, ends } = acts[name](n, round);
    // Where the questions are is found before, as it is before a person's first answer.
    for (const [path] of answers) session.value(path);
    for (let at = 0; at < answers.length; at += together) {
      start = performance.now();
      for (const [path, value] of answers.slice(at, at + together)) session.answer(path, value);
      times.answer.push((performance.now() - start) / together);
    }
    for (const [path, value] of ends) {
      const said = session.value(path);
      if (Number(said) !== Number(value)) throw new Error(`wrong value: ${path} is ${said || "empty"}, not ${value}`);
    }
  } finally {
    session.close();
  }
};

/** A form in every engine, `rounds` times by turns: medians, or why an engine failed. */
const compare = async (name, n, rounds) => {
  const xml = form(name, n);
  const told = {};
  const running = [];
  for (const [title, engine] of Object.entries(engines)) {
    told[title] = { load: [], answer: [] };
    try {
      running.push([title, engine, await engine.prepare(xml)]);
    } catch (error) {
      told[title].error = String(error);
    }
  }
  for (let round = 1; round <= rounds; round++)
    for (const [title, engine, prepared] of running)
      if (!told[title].error)
        try {
          await turn(engine, prepared, name, n, round * 10, told[title]);
        } catch (error) {
          told[title].error = String(error);
        }
  return Object.fromEntries(
    Object.entries(told).map(([title, { load, answer, error }]) => [title, { load: load.length ? median(load) : null, answer: answer.length ? median(answer) : null, error: error ?? null }]),
  );
};

/** Ours alone at several lengths, by turns: the least of each, because what disturbs the machine only ever adds. */
const grows = async (name, lengths, rounds) => {
  const times = lengths.map((n) => ({ n, xml: form(name, n), load: [], answer: [] }));
  for (let round = 1; round <= rounds; round++)
    for (const one of times) await turn(ours, one.xml, name, one.n, round * 10, one);
  return times.map(({ load, answer }) => ({ load: Math.min(...load), answer: Math.min(...answer) }));
};

/** A list of 20,000 towns, searched letter by letter. */
const search = async () => {
  const engine = Engine.load(form("towns", 20000));
  const times = [];
  for (const typed of ["town number 19999", "number 7 town", "1234", "x"])
    for (let round = 0; round < 5; round++)
      for (let end = 1; end <= typed.length; end++) {
        const start = performance.now();
        engine.search("/data/any", typed.slice(0, end));
        times.push(performance.now() - start);
      }
  const found = engine.search("/data/any", "town number 1999");
  engine.free();
  // 1999, 11999, and 19990 to 19999.
  if (found !== 12) throw new Error(`${found} towns found, not 12`);
  return p95(times);
};

/** What a row costs when it is added and filled: the 500th and those around it, against the 5th. */
const rows = async () => {
  const add = (engine, row) => {
    engine.add("/data/row");
    engine.answer(`/data/row[${row}]/quantity`, "2");
    engine.answer(`/data/row[${row}]/price`, "3");
  };
  const [early, late] = [[], []];
  for (let round = 0; round < 15; round++) {
    const engine = Engine.load(form("rows", 1));
    let start = 0;
    for (let row = 2; row <= 502; row++) {
      if (row === 3 || row === 498) start = performance.now();
      add(engine, row);
      if (row === 7) early.push((performance.now() - start) / 5);
      if (row === 502) late.push((performance.now() - start) / 5);
    }
    if (engine.value("/data/row[500]/total") !== "6") throw new Error("the 500th row was not calculated");
    engine.free();
  }
  return { value: median(late), against: median(early) };
};

window.engines = { compare, grows, search, rows };
