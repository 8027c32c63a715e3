// Logging in, by password or by single sign-on, and setting up the first admin; then back to where one came from.

import { postJson } from "./api.js";
import { byId, setText } from "./dom.js";
import { loginProblem } from "./problems.js";
import { onSwitch, start, switchToNext, t } from "./texts.js";

const page = JSON.parse(byId("page-data").textContent);
const code = byId("code");
start(page.lang, page.texts);

/** Where one came from: the address but for what the single sign-on has said. */
function back() {
  const query = new URLSearchParams(location.search);
  query.delete("sso");
  return `${query.size ? `?${query}` : ""}${location.hash}`;
}

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
    location.replace(`/${back()}`);
  } catch (error) {
    const wrongCode = page.setup && error.status === 401;
    showError(wrongCode ? t("page.setup.wrong") : loginProblem(error));
    byId(wrongCode ? "code" : "password").select();
  } finally {
    byId("enter").disabled = false;
  }
}

function showProblem() {
  if (page.problem) setText(byId("sso-words"), t(`page.sso.error.${page.problem}`));
}

byId("login-form").addEventListener("submit", enter);
onSwitch(showProblem);
showProblem();
byId("sso")?.addEventListener("click", (event) => {
  event.currentTarget.href = `/oidc/login?${new URLSearchParams({ back: back() })}`;
});
byId("language").addEventListener("click", () => {
  showError("");
  switchToNext(page.languages);
});
(code ?? byId("sso") ?? byId("name")).focus();
