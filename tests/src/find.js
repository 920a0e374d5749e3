// Finds what a person would point at: by role and accessible name, among what is visible.
// arguments: role ("button", "link", "field", "choice", "text"), name, and for a question of several the question's text.
const [role, wanted, question] = arguments;
const plain = (text) => (text || "").normalize("NFC").replace(/[\s\u00a0\u202f]+/g, " ").replace(/[’]/g, "'").trim().toLowerCase();
const name = plain(wanted);

const selectors = {
  button: "button, [role=button], summary, input[type=submit], input[type=button], [role=tab], [role=menuitem], [role=switch], label.button, a",
  link: "a, [role=link]",
  field: "input, textarea, select, [contenteditable=true]",
  choice: "input[type=radio], input[type=checkbox], [role=radio], [role=checkbox], [role=option], option, [aria-pressed], label",
  text: "*",
};

function visible(element) {
  if (element.tagName === "OPTION") return true;
  if (element.checkVisibility && !element.checkVisibility({ visibilityProperty: true })) {
    // A radio or a file input drawn by its label counts as visible when the label is.
    return Array.from(element.labels || []).some((label) => label.checkVisibility({ visibilityProperty: true }));
  }
  return !element.closest("[inert], [aria-hidden=true]");
}

function nameOf(element) {
  const labelled = element.getAttribute("aria-labelledby");
  if (labelled) return labelled.split(/\s+/).map((id) => (document.getElementById(id) || {}).textContent || "").join(" ");
  const label = element.getAttribute("aria-label");
  if (label) return label;
  if (element.labels && element.labels.length) return Array.from(element.labels, (one) => one.innerText || one.textContent).join(" ");
  if (element.matches("input[type=submit], input[type=button]")) return element.value;
  if (element.matches("input, textarea, select")) {
    const legend = element.closest("fieldset");
    return element.placeholder || element.title || (legend && legend.querySelector("legend") ? legend.querySelector("legend").textContent : "");
  }
  const text = element.innerText !== undefined ? element.innerText : element.textContent;
  return text || element.title || "";
}

let top = document.querySelector("dialog[open]:modal") || document;
if (question) {
  const asked = plain(question);
  top = Array.from(top.querySelectorAll("fieldset, form, .question, [role=group], [role=radiogroup]")).findLast(
    (block) => visible(block) && plain(block.innerText).includes(asked),
  );
  if (!top) return null;
}
const candidates = Array.from(top.querySelectorAll(selectors[role])).filter(visible);
const ranked = [];
for (const element of candidates) {
  const own = plain(nameOf(element));
  if (!own) continue;
  let rank;
  if (own === name) rank = 0;
  else if (own.startsWith(name)) rank = 1;
  else if (own.includes(name)) rank = 2;
  else continue;
  // What the keyboard passes by is there for it, not for a finger.
  if (role === "button" && element.tabIndex < 0) rank += 3;
  ranked.push([rank, role === "text" ? own.length : 0, element]);
}
ranked.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
if (!ranked.length) return null;
const best = ranked[0][2];
// A box or a radio button is chosen by its label, as a finger does.
const label = role === "choice" && best.labels && best.labels[0];
return label && label.checkVisibility({ visibilityProperty: true }) ? label : best;
