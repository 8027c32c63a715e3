// Set-up, fifth part: who is told of what. Channels hold secrets and stay as they are in the file.

import { byId, el } from "./dom.js";
import { freeId, renameRoute, valueAt, withEntry, withoutEntry } from "./site_edit.js";
import { button, numberField, placed, selectField, textField, ticksField } from "./site_fields.js";
import { t } from "./texts.js";

const WEEK_S = 604_800;
const TIMES = [
  [["alerts", "cameras", "after_s"], "cameras", 120],
  [["alerts", "review", "after_s"], "review", 3600],
  [["alerts", "fold_s"], "fold", 600],
];

export class AlertsPanel {
  constructor(desk) {
    this.desk = desk;
    byId("add-route").addEventListener("click", () => this.#add());
  }

  get #routes() {
    return valueAt(this.desk.site, ["alerts", "routes"]) ?? [];
  }

  get #channels() {
    return (valueAt(this.desk.site, ["alerts", "channels"]) ?? []).map(({ id }) => id);
  }

  build() {
    const channels = this.#channels;
    byId("channel-list").replaceChildren(...channels.map((id, i) => {
      const row = el("li", "", null, el("span", "", id));
      row.append(placed(["alerts", "channels", i], row));
      row.tabIndex = -1;
      return row;
    }));
    byId("channels-none").hidden = channels.length > 0;
    byId("add-route").disabled = !channels.length;
    byId("route-cards").replaceChildren(...this.#routes.map((route, i) => this.#route(route, i)));
    byId("alert-rules").replaceChildren(...this.desk.page.rules.map(({ name }) => this.#rule(name)));
    byId("alert-times").replaceChildren(...TIMES.map(([path, key, usual]) => {
      const value = valueAt(this.desk.site, path);
      return numberField(path, t(`site.alerts.${key}`), value, this.#set(path), { min: key === "fold" ? 0 : 1, max: WEEK_S, usual });
    }));
  }

  refresh() {}

  #set(path) {
    return (value) => this.desk.set(path, value);
  }

  #route(route, i) {
    const { desk } = this;
    const path = (key) => ["alerts", "routes", i, key];
    const severities = desk.page.severities.map((one) => [one, t(`site.alerts.severity.${one}`)]);
    const others = this.#routes.filter((one) => one !== route).map(({ id }) => [id, id]);
    const posts = (desk.site.posts ?? []).map(({ id, name }) => [id, name || id]);
    const rules = desk.page.rules.map(({ name }) => [name, t(`rule.${name}`)]);
    const causes = desk.page.causes.map((one) => [one, t(`site.alerts.about.${one}`)]);
    const some = (key, pairs) => ticksField(path(key), t(`site.alerts.${key}`), pairs, route[key] ?? [], this.#set(path(key)));
    const card = el("li", "rule");
    card.append(
      el("div", "fields-grid", null,
        textField(path("id"), t("site.id"), route.id, (id) => desk.replace(renameRoute(desk.site, i, id)), { keep: true }),
        selectField(path("severity"), t("site.alerts.severity"), severities, route.severity ?? "low", (one) =>
          desk.set(path("severity"), one === "low" ? undefined : one),
        ),
        numberField(path("acknowledge_s"), t("site.alerts.acknowledge_s"), route.acknowledge_s, this.#set(path("acknowledge_s")), { min: 1, max: WEEK_S }),
        selectField(path("then"), t("site.alerts.then"), [["", t("site.alerts.nobody")], ...others], route.then ?? "", (one) =>
          desk.set(path("then"), one || undefined),
        ),
      ),
      ticksField(path("to"), t("site.alerts.to"), this.#channels.map((id) => [id, id]), route.to ?? [], this.#set(path("to")), { keep: true }),
      ticksField(path("about"), t("site.alerts.about"), causes, route.about ?? ["event"], this.#set(path("about")), { usual: ["event"] }),
      some("rules", rules),
      some("posts", posts),
    );
    if (route.hours?.length) card.append(el("p", "hint", t("site.alerts.hours")));
    card.append(button(t("site.alerts.remove"), () => this.#remove(i)), placed(["alerts", "routes", i], card));
    card.tabIndex = -1;
    return card;
  }

  #rule(name) {
    const { desk } = this;
    const path = (key) => ["alerts", "rules", name, key];
    const usual = { when: desk.page.when_usual[name] ?? "after", severity: "normal" };
    const choose = (key, all) => selectField(path(key), t("site.alerts.of", { rule: t(`rule.${name}`), what: t(`site.alerts.${key}`) }), all.map((one) => [one, t(`site.alerts.${key}.${one}`)]),
      valueAt(desk.site, path(key)) ?? usual[key], (one) => desk.set(path(key), one === usual[key] ? undefined : one));
    return el("div", "fields-pair", null, choose("when", desk.page.whens), choose("severity", desk.page.severities));
  }

  #add() {
    const { desk } = this;
    const id = freeId(this.#routes, "route");
    const number = this.#routes.length;
    desk.replace(withEntry(desk.site, ["alerts", "routes"], { id, to: [this.#channels[0]] }));
    byId(`f-alerts-routes-${number}-id`).focus();
  }

  #remove(i) {
    this.desk.replace(withoutEntry(this.desk.site, ["alerts", "routes"], i));
    byId("add-route").focus();
  }
}
