// How far reviewers agree, for those who decide where they do not: asked for when the sheet is opened.

import { getJson } from "./api.js";
import { byId, el, setText } from "./dom.js";
import { t } from "./texts.js";

export class Agreement {
  constructor(menu) {
    this.found = null;
    menu.hidden = false;
    menu.addEventListener("toggle", () => menu.open && this.ask());
  }

  async ask() {
    this.found = await getJson("/api/agreement").catch(() => this.found);
    this.show();
  }

  /** In the page's language. */
  show() {
    if (!this.found) return;
    setText(byId("agreement-kappa"), kappaWords(this.found));
    const { n, agreed } = this.found;
    setText(byId("agreement-n"), n ? t("page.agreement.n", { n, agreed }) : t("page.agreement.none"));
    const rows = this.found.pairs.map(({ first, second, n: times }) =>
      el("li", "", null, el("span", "", `${t(`verdict.${first}`)} → ${t(`verdict.${second}`)}`), el("span", "muted", String(times))),
    );
    byId("agreement-rows").replaceChildren(...rows);
  }
}

function kappaWords({ kappa, low, high }) {
  if (kappa === null) return t("page.agreement.unknown");
  const [middle, from, to] = [kappa, low, high].map((figure) => figure.toFixed(2));
  return t("page.agreement.kappa", { kappa: middle, low: from, high: to });
}
