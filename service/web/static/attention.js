// Known clips that were answered right: the own figure in the account's sheet, everybody's beside the agreement.

import { getJson } from "./api.js";
import { byId, el, setText } from "./dom.js";
import { percent } from "./format.js";
import { onSwitch, t } from "./texts.js";

let found = null;
let clips = null;

/** Asked for when a sheet is opened; `choosing`: everybody's, and how many known clips there are. */
export function watchAttention(menu, choosing) {
  menu.addEventListener("toggle", async () => {
    if (!menu.open) return;
    found = await getJson("/api/attention").catch(() => found);
    if (choosing) clips = (await getJson("/api/known-clips").catch(() => null))?.clips ?? clips;
    show();
  });
}

function show() {
  if (!found) return;
  byId("own-attention").hidden = !found.own;
  if (found.own) setText(byId("own-attention"), t("page.attention.own", { figure: figure(found.own) }));
  if (!found.reviewers) return;
  byId("attention").hidden = false;
  const usable = (clips ?? []).filter((clip) => clip.usable).length;
  setText(byId("attention-clips"), t("page.attention.clips", { n: usable }));
  const rows = found.reviewers.map((one) =>
    el("li", "", null, el("span", "", one.reviewer), el("span", "muted", figure(one))),
  );
  byId("attention-rows").replaceChildren(...(rows.length ? rows : [el("li", "muted", t("page.attention.none"))]));
}

function figure({ shown, right, low, high }) {
  if (!shown) return t("page.attention.none");
  return t("page.attention.figure", { shown, right, low: percent(low), high: percent(high) });
}

onSwitch(show);
