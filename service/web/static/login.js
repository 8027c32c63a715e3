// Logging in, and setting up the first admin. On success back to where one came from.

import { postJson } from "./api.js";
import { byId, setText } from "./dom.js";
import { loginProblem } from "./problems.js";
import { start, switchToNext, t } from "./texts.js";

const page = JSON.parse(byId("page-data").textContent);
const code = byId("code");
start(page.lang, page.texts);

function showError(words) {
  setText(byId("login-error"), words);
  byId("login-error").hidden = !words;
}

async function enter(event) {
  event.preventDefault();
  showError("");
  const answer = { name: byId("name").value.trim(), password: byId("password").value };
  if (page.setup) answer.code = code.value;
  byId("enter").disabled = true;
  try {
    await postJson(page.setup ? "/api/setup" : "/api/session", answer, { stay: true });
    location.replace(`/${location.search}${location.hash}`);
  } catch (error) {
    const wrongCode = page.setup && error.status === 401;
    showError(wrongCode ? t("page.setup.wrong") : loginProblem(error));
    byId(wrongCode ? "code" : "password").select();
  } finally {
    byId("enter").disabled = false;
  }
}

byId("login-form").addEventListener("submit", enter);
byId("language").addEventListener("click", () => {
  showError("");
  switchToNext(page.languages);
});
(code ?? byId("name")).focus();
