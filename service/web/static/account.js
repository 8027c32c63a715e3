// The account menu: who am I, change my password, log out; and what the role does not do is not shown.

import { leave, postJson } from "./api.js";
import { byId, setText } from "./dom.js";
import { loginProblem } from "./problems.js";
import { languageAsked, onSwitch, t } from "./texts.js";

const { session } = JSON.parse(byId("page-data").textContent);
const may = (permission) => session.permissions.includes(permission);
const form = byId("verdict-form");
const alerts = byId("alerts-link");
const appeals = byId("appeals-link");
const site = byId("site-link");
const dialog = byId("password-dialog");

function show() {
  for (const link of document.querySelectorAll("header a")) link.search = languageAsked();
  const open = session.login === "open" && !session.name;
  setText(byId("account-name"), open ? t("page.account.open") : session.name);
  const role = session.role ? t(`page.account.role.${session.role}`) : "";
  const posts = session.posts ? t("page.account.posts", { posts: session.posts.join(", ") }) : "";
  setText(byId("account-role"), [role, posts].filter(Boolean).join(" · "));
  byId("account-open").hidden = !open;
  byId("account-buttons").hidden = open;
  byId("account-link").hidden = !may("accounts") || location.pathname === "/accounts";
  if (appeals) appeals.hidden = !may("appeals");
  if (alerts) alerts.hidden = !may("alerts");
  if (site) site.hidden = !may("setup") || session.posts !== null;
  if (form) form.hidden = !may("review");
}

async function logOut() {
  await postJson("/api/session", {}, { method: "DELETE" });
  leave();
}

function showError(words) {
  setText(byId("password-error"), words);
  byId("password-error").hidden = !words;
}

async function changePassword(event) {
  event.preventDefault();
  const answer = { old: byId("password-old").value, new: byId("password-new").value };
  try {
    await postJson("/api/password", answer, { stay: true });
    dialog.close();
  } catch (error) {
    showError(error.status === 401 ? t("page.password.wrong_old") : loginProblem(error));
  }
}

byId("log-out").addEventListener("click", logOut);
byId("change-password").addEventListener("click", () => {
  byId("password-form").reset();
  showError("");
  byId("account").open = false;
  dialog.showModal();
});
byId("password-close").addEventListener("click", () => dialog.close());
byId("password-form").addEventListener("submit", changePassword);
onSwitch(show);
show();
