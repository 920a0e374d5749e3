// The pages that a partner's is measured beside, made small as their makers do; `cargo xtask bench` runs this where their packages
// are installed. Argument: the folder to write into.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { compile } from "sass";

const [out] = process.argv.slice(2);
const home = new URL(".", import.meta.url);
await rm(out, { recursive: true, force: true });
await mkdir(out);
const { metafile } = await build({
  absWorkingDir: home.pathname,
  entryPoints: ["enketo.js", "odk.js", "transform.js"],
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  platform: "browser",
  external: ["libxslt"],
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
  metafile: true,
  outdir: out,
});
// Its styles name packages by where they lie among its own sources.
const packages = {
  findFileUrl: (url) => (url.includes("node_modules/") ? new URL(url.slice(url.indexOf("node_modules/")), home) : null),
};
const theme = new URL("node_modules/enketo-core/src/sass/formhub/formhub.scss", home).pathname;
const { css } = compile(theme, { style: "compressed", importers: [packages], logger: { warn() {} } });
await writeFile(join(out, "enketo.css"), css);

/** All that a script needs before it runs, itself first: a page that names them asks for them at once. */
const needed = (name, known = new Set()) => {
  if (known.has(name)) return known;
  known.add(name);
  const [, output] = Object.entries(metafile.outputs).find(([path]) => basename(path) === name);
  for (const { path, kind } of output.imports) if (kind === "import-statement") needed(basename(path), known);
  return known;
};
const page = (script, head, body) => {
  const early = [...needed(script)].map((name) => `<link rel="modulepreload" href="${name}">`).join("\n");
  return `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${script}</title>
${head}${early}
<script type="module" src="${script}"></script>
</head>
<body>${body}</body>
</html>
`;
};
// FORM and MODEL stand for what its server makes of the form.
const buttons = ["first-page", "previous-page", "next-page", "last-page"].map((name) => `<button type="button" class="btn ${name}">${name}</button>`).join("");
const enketo = `<div class="main" hidden><article class="paper">FORM<section class="form-footer"><nav class="pages-nav">${buttons}</nav></section></article></div>
<script id="model" type="application/xml">MODEL</script>`;
const pages = {
  "enketo.template": page("enketo.js", '<link rel="stylesheet" href="enketo.css">\n', enketo),
  "odk.html": page("odk.js", '<link rel="preload" href="form.xml" as="fetch" crossorigin>\n', '<div id="app"></div>'),
  "transform.html": page("transform.js", "", ""),
};
for (const [name, text] of Object.entries(pages)) await writeFile(join(out, name), text);
