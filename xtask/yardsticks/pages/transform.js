// What Enketo's server does beforehand with a form.
import { transform } from "enketo-transformer/web";

window.transform = async (url) => transform({ xform: await (await fetch(url)).text() });
