// On the review page: whether an event is a known clip, for those who choose them.

import { ApiError, getJson, postJson } from "./api.js";
import { byId, el, setText } from "./dom.js";
import { onSwitch, t } from "./texts.js";

const { session } = JSON.parse(byId("page-data").textContent);
const box = byId("known-part");
let shown = null; // {key, id, known}: the event that the part is about

/** Show the part for an event that was answered, or nothing where the role has no say. */
export async function showKnown(event) {
  if (!session.permissions.includes("adjudicate")) return;
  const key = event && `${event.id} ${event.verdict?.at} ${event.clip}`;
  if (key === (shown?.key ?? null)) return;
  box.hidden = true;
  shown = event?.verdict ? { key, id: event.id, known: null } : null;
  const about = shown;
  const found = about && (await getJson(`/api/events/${about.id}/known`).catch(() => null));
  if (about !== shown || !found) return;
  about.known = found.known;
  render();
}

function render() {
  box.hidden = shown.known === "unfit";
  if (box.hidden) return;
  const isKnown = shown.known === "known";
  const toggle = el("button", "", t(isKnown ? "page.known.unmark" : "page.known.mark"));
  toggle.type = "button";
  toggle.id = "known-toggle";
  toggle.addEventListener("click", () => change(toggle, !isKnown));
  const error = el("p", "form-error");
  error.id = "known-error";
  error.setAttribute("role", "alert");
  error.hidden = true;
  const words = el("p", "muted", t(isKnown ? "page.known.is" : "page.known.text"));
  box.replaceChildren(el("h3", "", t("page.known")), words, el("div", "account-buttons", null, toggle), error);
}

async function change(toggle, wanted) {
  const about = shown;
  toggle.disabled = true;
  try {
    const { known } = await postJson(`/api/events/${about.id}/known`, { known: wanted }, { method: "PUT" });
    if (about !== shown) return;
    about.known = known;
    render();
    byId("known-toggle")?.focus();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toggle.disabled = false;
    if (about !== shown) return;
    setText(byId("known-error"), t("page.not_recorded", { detail: error.message }));
    byId("known-error").hidden = false;
  }
}

onSwitch(() => shown?.known && render());
