// What a person at the keyboard knows of where they are: the role, name, kind and state of what has the focus, the
// questions and sections around it, and the lines that can be read on the page. Reads only.
const plain = (text) => (text || "").normalize("NFC").replace(/\s+/g, " ").trim();
const seen = (element) => !element.checkVisibility || element.checkVisibility({ visibilityProperty: true });
const named = (ids) => (ids || "").split(/\s+/).map((id) => document.getElementById(id)).filter(Boolean).map((one) => plain(one.textContent)).join(" ");

function nameOf(element) {
  const text = named(element.getAttribute("aria-labelledby")) || element.getAttribute("aria-label");
  if (text) return plain(text);
  if (element.labels && element.labels.length) return plain(Array.from(element.labels, (one) => one.textContent).join(" "));
  if (element.matches("input, textarea, select")) return plain(element.placeholder || element.title);
  return plain(element.innerText || element.textContent || element.title);
}

function roleOf(element) {
  const role = element.getAttribute("role");
  if (role) return role;
  switch (element.tagName) {
    case "BUTTON":
    case "SUMMARY":
      return "button";
    case "A":
      return "link";
    case "SELECT":
      return "listbox";
    case "TEXTAREA":
      return "textbox";
    case "INPUT":
      return { checkbox: "checkbox", radio: "radio", range: "slider", file: "file", search: "searchbox", date: "date", month: "month", time: "time", number: "textbox", button: "button", submit: "button" }[element.type] || "textbox";
    default:
      return "";
  }
}

const focused = document.activeElement || document.body;
const around = [];
for (let block = focused.parentElement; block; block = block.parentElement) {
  if (!block.matches("fieldset, [role=group], [role=radiogroup]")) continue;
  const legend = block.querySelector("legend");
  const name = named(block.getAttribute("aria-labelledby")) || block.getAttribute("aria-label") || (legend ? legend.textContent : "");
  if (name) around.push(plain(name));
}
const main = document.querySelector("dialog[open]") || document.querySelector("main") || document.body;
return {
  role: roleOf(focused),
  name: nameOf(focused),
  around,
  value: focused.value === undefined ? "" : String(focused.value),
  checked: focused.checked === true || focused.getAttribute("aria-checked") === "true",
  options: focused.tagName === "SELECT" ? Array.from(focused.options, (one) => plain(one.textContent)) : [],
  chosen: focused.tagName === "SELECT" ? plain((focused.selectedOptions[0] || {}).textContent) : focused.checked === true ? nameOf(focused) : "",
  least: focused.min || "",
  is_placed: focused !== document.body,
  in_dialog: Boolean(focused.closest("dialog, [role=dialog], [role=alertdialog]")),
  headings: Array.from(main.querySelectorAll("h1, h2, h3, legend, label, [role=heading]")).filter(seen).map((one) => plain(one.innerText)),
  alerts: Array.from(main.querySelectorAll("[role=alert]")).filter(seen).map((one) => plain(one.innerText)).filter(Boolean),
  text: main.innerText,
};
