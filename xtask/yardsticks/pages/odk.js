// ODK Web Forms' page: it reads the form itself.
import { OdkWebForm, webFormsPlugin } from "@getodk/web-forms";
import { createApp, h } from "vue";

const formXml = await (await fetch("form.xml")).text();
const fetchFormAttachment = () => Promise.reject(new Error("this form has none"));
createApp({ render: () => h(OdkWebForm, { formXml, fetchFormAttachment }) }).use(webFormsPlugin).mount("#app");
