// Whose account it is at the single sign-on: what the list says of it, and the dialog that changes it.

import { deleteJson, postJson } from "./api.js";
import { byId, el, setText } from "./dom.js";
import { t } from "./texts.js";

let linking = null; // the account whose link the dialog is about

/** A cell that says whether an account is linked, and a button to change that: a list of each. */
export function linkCells(account, issuer) {
  const link = el("button", "", t("page.accounts.link"));
  link.type = "button";
  link.setAttribute("aria-label", `${account.name}: ${t("page.accounts.link")}`);
  link.addEventListener("click", () => open(account));
  const state = el("td", "muted", words(account, issuer));
  if (account.subject) state.title = account.subject;
  return [[state], [link]];
}

function words(account, issuer) {
  if (!account.subject) return t("page.accounts.sso.none");
  return t(account.issuer === issuer ? "page.accounts.sso.linked" : "page.accounts.sso.elsewhere");
}

function open(account) {
  linking = account;
  byId("link-subject").value = account.subject ?? "";
  byId("link-remove").hidden = !account.subject;
  byId("link-error").hidden = true;
  setText(byId("link-name"), account.name);
  byId("link-dialog").showModal();
}

/** `attempt(where, action)` does something, shows the accounts anew, and says what went wrong in `where`. */
export function prepareLinks(attempt) {
  const dialog = byId("link-dialog");
  const change = async (action) => {
    if (await attempt("link-error", action)) dialog.close();
  };
  const path = () => `/api/accounts/${linking.id}/identity`;
  byId("link-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { subject: byId("link-subject").value.trim() };
    change(() => postJson(path(), body, { method: "PUT" }));
  });
  byId("link-remove").addEventListener("click", () => change(() => deleteJson(path())));
  byId("link-close").addEventListener("click", () => dialog.close());
}
