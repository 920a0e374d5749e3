// Enketo's page, with the form that its server transformed already in it.
import { Form } from "enketo-core";

const element = document.querySelector("form.or");
const form = new Form(element, { modelStr: document.getElementById("model").textContent }, {});
const errors = form.init();
if (errors.length) throw new Error(errors.join("; "));
document.querySelector(".main").hidden = false;
