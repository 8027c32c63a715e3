// On the review page: the link by which an event's staff may contest it, and how an appeal stands.

import { ApiError, getJson, postJson } from "./api.js";
import { byId, el, setText } from "./dom.js";
import { time } from "./format.js";
import { onSwitch, t } from "./texts.js";

const { session } = JSON.parse(byId("page-data").textContent);
const POLL_MS = 20_000;
const box = byId("appeal-part");
let shown = null; // {id, confirmed, found, url}: what the part is about

/** Show the part for an event, or nothing where there is nothing to contest or the role has no say. */
export async function showAppeals(event) {
  if (!session.permissions.includes("appeals")) return;
  const key = event && `${event.id} ${event.verdict?.at}`;
  if (key === (shown?.key ?? null)) return;
  box.hidden = true;
  shown = event?.verdict ? { key, id: event.id, confirmed: event.verdict.verdict === "confirmed", url: null } : null;
  await refresh();
}

async function refresh() {
  const about = shown;
  if (!about) return;
  const found = await getJson(`/api/events/${about.id}/appeals`).catch(() => null);
  if (about !== shown || !found) return;
  about.found = found;
  render();
}

function render() {
  const { found, confirmed, url } = shown;
  const newest = found.appeals.at(-1);
  box.hidden = !confirmed && !newest;
  const parts = [el("h3", "", t("appeals.event.title"))];
  if (newest) parts.push(standing(newest));
  if (confirmed && found.link) {
    const { made_by: name, expires_at: until } = found.link;
    parts.push(el("p", "muted", t("appeals.event.link", { name, time: time(until, "full") })));
  }
  if (url) parts.push(el("p", "", t("appeals.event.url")), secret(url));
  if (confirmed) parts.push(buttons(found));
  const error = el("p", "form-error");
  error.id = "appeal-error";
  error.setAttribute("role", "alert");
  error.hidden = true;
  box.replaceChildren(...parts, error);
}

function standing(appeal) {
  const isOpen = appeal.state === "open";
  const words = isOpen ? t("appeals.event.open", { time: time(appeal.decide_by, "full") }) : t(`appeals.state.${appeal.state}`);
  const link = el("a", "link", t("appeals.event.show"));
  link.href = `/appeals#event=${appeal.event}`;
  return el("p", "", `${words} `, link);
}

function secret(url) {
  const field = el("input");
  field.id = "appeal-url";
  field.value = url;
  field.readOnly = true;
  field.setAttribute("aria-label", t("appeals.event.url"));
  field.addEventListener("focus", () => field.select());
  const copy = button("appeals.event.copy", async () => {
    field.select();
    // Browsers have no clipboard on a page without TLS; there the old command still copies what is selected.
    const written = navigator.clipboard?.writeText(url).then(() => true, () => false);
    if ((await written) ?? document.execCommand("copy")) setText(copy, t("appeals.event.copied"));
  });
  return el("p", "appeal-url", null, field, copy);
}

function buttons(found) {
  const { id } = shown;
  const make = button(found.link ? "appeals.event.again" : "appeals.event.make", async () => {
    const { url } = await postJson(`/api/events/${id}/appeal-link`, {});
    // Where no address of the page is known to the service, it is the one that is open here.
    if (shown?.id === id) shown.url = new URL(url, location.href).href;
  });
  make.id = "appeal-make";
  const made = el("div", "account-buttons", null, make);
  if (found.link) {
    const revoke = button("appeals.event.revoke", async () => {
      await postJson(`/api/events/${id}/appeal-link`, {}, { method: "DELETE" });
      shown.url = null;
    });
    revoke.id = "appeal-revoke";
    made.append(revoke);
  }
  return made;
}

function button(key, action) {
  const made = el("button", "", t(key));
  made.type = "button";
  made.addEventListener("click", async () => {
    const about = shown;
    made.disabled = true;
    try {
      await action();
      if (about !== shown || key === "appeals.event.copy") return;
      await refresh();
      byId("appeal-url")?.focus();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setText(byId("appeal-error"), t("appeals.event.failed", { detail: error.message }));
      byId("appeal-error").hidden = false;
    } finally {
      made.disabled = false;
    }
  });
  return made;
}

onSwitch(() => shown?.found && render());
setInterval(() => {
  // A link that was just made is shown once: it must not go while somebody copies it.
  if (shown && !shown.url && !document.hidden && !box.contains(document.activeElement)) refresh();
}, POLL_MS);
