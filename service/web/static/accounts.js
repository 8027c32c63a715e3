// The accounts page: who may log in, as what, for which posts. Rows are saved one by one.

import { linkCells, prepareLinks } from "./accounts_link.js";
import { getJson, postJson } from "./api.js";
import { byId, el, fillSelect, setText } from "./dom.js";
import { loginProblem } from "./problems.js";
import { onSwitch, start, switchToNext, t } from "./texts.js";

const page = JSON.parse(byId("page-data").textContent);
start(page.lang, page.texts);
const dialog = byId("reset-dialog");
let accounts = [];
let resetting = null; // the account whose password the dialog is about

const roleWords = () => page.roles.map((role) => [role, t(`page.account.role.${role}`)]);
const readPosts = (input) => {
  const posts = input.value.split(/[\s,，、]+/).filter(Boolean);
  return posts.length ? posts : null;
};

function say(id, words) {
  setText(byId(id), words);
  byId(id).hidden = !words;
}

async function load() {
  ({ accounts } = await getJson("/api/accounts"));
  render();
}

function render() {
  byId("account-rows").replaceChildren(...accounts.map(row));
}

function row(account) {
  const role = el("select");
  fillSelect(role, roleWords());
  role.value = account.role;
  const posts = el("input");
  posts.value = (account.posts ?? []).join(", ");
  posts.placeholder = t("page.accounts.all_posts");
  const save = el("button", "", t("page.accounts.save"));
  const shut = el("button", "", t(account.disabled ? "page.accounts.enable" : "page.accounts.disable"));
  const reset = el("button", "", t("page.accounts.reset"));
  for (const button of [save, shut, reset]) button.type = "button";
  label(role, "page.account.role", account);
  label(posts, "page.account.posts.label", account);
  save.disabled = true;
  for (const field of [role, posts]) field.addEventListener("input", () => (save.disabled = false));
  const change = (disabled) => put(account, { role: role.value, posts: readPosts(posts), disabled });
  save.addEventListener("click", () => change(account.disabled));
  shut.addEventListener("click", () => change(!account.disabled));
  reset.addEventListener("click", () => openReset(account));
  const name = el("th", "", account.name);
  name.scope = "row";
  const state = el("td", "muted", t(account.disabled ? "page.accounts.disabled" : "page.accounts.active"));
  const [linked, link] = page.issuer ? linkCells(account, page.issuer) : [[], []];
  const buttons = el("td", "account-buttons", null, save, shut, reset, ...link);
  const cells = [name, cell(role), cell(posts), state, ...linked, buttons];
  const found = el("tr", account.disabled ? "shut" : "", null, ...cells);
  found.dataset.account = account.name;
  return found;
}

const cell = (field) => el("td", "", null, field);
const label = (field, key, account) => field.setAttribute("aria-label", `${account.name}: ${t(key)}`);

/** Do something and show the accounts as they are then; what goes wrong is said in `where`. */
async function attempt(where, action) {
  say(where, "");
  try {
    await action();
    await load();
    return true;
  } catch (error) {
    say(where, loginProblem(error));
    return false;
  }
}

const put = (account, body) =>
  attempt("rows-error", () => postJson(`/api/accounts/${account.id}`, body, { method: "PUT" }));

function openReset(account) {
  resetting = account;
  byId("reset-form").reset();
  say("reset-error", "");
  setText(byId("reset-name"), account.name);
  dialog.showModal();
}

byId("reset-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { password: byId("reset-password").value };
  const done = await attempt("reset-error", () => postJson(`/api/accounts/${resetting.id}/password`, body));
  if (done) dialog.close();
});
byId("reset-close").addEventListener("click", () => dialog.close());

byId("add-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = {
    name: byId("add-name").value.trim(),
    role: byId("add-role").value,
    posts: readPosts(byId("add-posts")),
    password: byId("add-password").value || null,
  };
  if (await attempt("add-error", () => postJson("/api/accounts", body))) byId("add-form").reset();
});

function relabel() {
  fillSelect(byId("add-role"), roleWords());
  render();
}

if (page.issuer) prepareLinks(attempt);
byId("language").addEventListener("click", () => switchToNext(page.languages));
onSwitch(relabel);
relabel();
load().catch((error) => say("rows-error", loginProblem(error)));
