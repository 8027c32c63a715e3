// Set-up, third part: the hall, its hours, and the rules with their clauses.

import { byId, el } from "./dom.js";
import { daysOf, daysText, valueAt, withEntry, withoutEntry } from "./site_edit.js";
import { button, numberField, placed, textField, tickField, wordsField } from "./site_fields.js";
import { lang, t } from "./texts.js";

const EVIDENCE = { pre_roll_s: [0, 60, 5], post_roll_s: [0, 60, 5], max_clip_s: [10, 3600, 600], memory_mib: [16, 1048576, 1024] };
const DAY_S = 86_400;

export class RulesPanel {
  constructor(desk) {
    this.desk = desk;
    for (const [list, entry] of [["shifts", { days: "mon-fri", from: "09:00", to: "17:00" }], ["breaks", { days: "mon-fri", from: "12:00", to: "12:30" }]]) {
      byId(`add-${list}`).addEventListener("click", () => desk.replace(withEntry(desk.site, ["schedule", list], entry)));
    }
    const zones = Intl.supportedValuesOf?.("timeZone") ?? [];
    byId("time-zones").append(...zones.map((zone) => Object.assign(el("option"), { value: zone })));
  }

  build() {
    this.#hall();
    for (const list of ["shifts", "breaks"]) this.#spans(list);
    this.#days();
    byId("rule-cards").replaceChildren(...this.desk.page.rules.map((rule) => this.#rule(rule)));
    this.#evidence();
  }

  refresh() {}

  #set(path) {
    return (value) => this.desk.set(path, value);
  }

  #text(path, label, more) {
    return textField(path, label, valueAt(this.desk.site, path), this.#set(path), more);
  }

  #words(path, label, more) {
    return wordsField(path, label, valueAt(this.desk.site, path), this.#set(path), more);
  }

  #hall() {
    byId("hall-fields").replaceChildren(
      this.#text(["hall"], t("site.hall"), { placeholder: t("site.hall.hint") }),
      this.#text(["timezone"], t("site.timezone"), { placeholder: "Asia/Shanghai", list: "time-zones" }),
    );
  }

  #spans(list) {
    const { desk } = this;
    const spans = valueAt(desk.site, ["schedule", list]) ?? [];
    byId(`${list}-rows`).replaceChildren(...spans.map((span, i) => {
      const path = (key) => ["schedule", list, i, key];
      const away = button(t("site.remove"), () => desk.replace(withoutEntry(desk.site, ["schedule", list], i)));
      const posts = list === "breaks" ? [this.#words(path("posts"), t("site.break.posts"), { placeholder: t("site.break.all") })] : [];
      const clock = (key) => this.#text(path(key), t(`site.${key}`), { placeholder: "09:00", keep: true });
      return el("li", "span", null, this.#weekdays(path("days"), span), clock("from"), clock("to"), ...posts, away);
    }));
  }

  #weekdays(path, span) {
    const all = this.desk.page.days;
    const set = el("fieldset", "weekdays", null, el("legend", "", t("site.days")));
    for (const day of all) {
      const tick = el("input");
      Object.assign(tick, { type: "checkbox", checked: daysOf(span.days, all).includes(day) });
      tick.addEventListener("change", () => {
        const ticks = [...set.querySelectorAll("input")];
        const chosen = all.filter((_, i) => ticks[i].checked);
        if (!chosen.length) tick.checked = true; // a span without days would be none
        else this.desk.set(path, daysText(chosen, all));
      });
      set.append(el("label", "", null, tick, el("span", "", t(`site.day.${day}`))));
    }
    set.append(placed(path, set));
    return set;
  }

  #days() {
    const { desk } = this;
    const path = ["schedule", "holidays"];
    const china = tickField(path, t("site.holidays"), valueAt(desk.site, path) === "china", false, (on) =>
      desk.set(path, on ? "china" : undefined),
    );
    const hint = { placeholder: "2026-01-26, 2026-01-27" };
    byId("day-fields").replaceChildren(
      china,
      this.#words(["schedule", "closed"], t("site.closed"), hint),
      this.#words(["schedule", "open"], t("site.open"), hint),
    );
  }

  #rule({ name, clause, text, settings }) {
    const card = el("li", "rule", null, el("h3", "", t(`rule.${name}`)), el("blockquote", "", `${clause} · ${text[lang()]}`));
    const fields = settings.map(([key, usual]) => {
      const path = ["rules", name, key];
      const [label, value] = [t(`site.rule.${key}`), valueAt(this.desk.site, path)];
      if (typeof usual === "boolean") return tickField(path, label, value, usual, this.#set(path));
      const bounds = key.endsWith("_s") ? { min: 0, max: DAY_S } : { min: 0.01, max: 0.99, step: 0.01 };
      return numberField(path, label, value, this.#set(path), { ...bounds, usual });
    });
    card.append(el("div", "fields-grid", null, ...fields), placed(["rules", name], card));
    card.tabIndex = -1;
    return card;
  }

  #evidence() {
    const { desk } = this;
    const fields = Object.entries(EVIDENCE).map(([key, [min, max, usual]]) => {
      const path = ["evidence", key];
      return numberField(path, t(`site.evidence.${key}`), valueAt(desk.site, path), this.#set(path), { min, max, usual });
    });
    const read = ["placards", "read"];
    byId("other-fields").replaceChildren(
      ...fields,
      tickField(read, t("site.placards.read"), valueAt(desk.site, read), true, this.#set(read)),
      this.#words(["placards", "texts"], t("site.placards.texts"), { wide: true, hint: t("site.placards.texts.hint") }),
    );
  }
}
