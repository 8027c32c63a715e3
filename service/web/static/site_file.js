// Set-up, sixth part: what the draft changes, what is wrong with it; saved, downloaded, or read from a file.

import { ApiError, postJson } from "./api.js";
import { byId, el, setText } from "./dom.js";
import { button } from "./site_fields.js";
import { onSwitch, t } from "./texts.js";
import { toast } from "./toast.js";

const MOST_BYTES = 1_000_000;

export class FilePanel {
  #saved = null; // what the last save said
  #trouble = null; // () => words: said anew in another language

  constructor(desk) {
    this.desk = desk;
    byId("save").addEventListener("click", () => this.#save());
    byId("download").addEventListener("click", () => this.#download());
    byId("upload").addEventListener("click", () => byId("upload-file").click());
    byId("upload-file").addEventListener("change", (event) => this.#upload(event.target));
    byId("reload").addEventListener("click", () => this.#reload());
    onSwitch(() => this.refresh());
  }

  build() {}

  refresh() {
    const { file, checked, sketch } = this.desk;
    if (!file) return;
    setText(byId("file-path"), file.path);
    byId("faults").replaceChildren(...checked.faults.map((fault) => this.#fault(fault)));
    byId("faults-box").hidden = !checked.faults.length;
    byId("changes").replaceChildren(...checked.changes.map((change) => this.#change(change)));
    byId("changes-none").hidden = checked.changes.length > 0;
    byId("unset").hidden = !checked.unset.length;
    setText(byId("unset"), t("site.unset", { names: checked.unset.join(", ") }));
    byId("unfinished").hidden = !sketch;
    byId("save").disabled = !checked.changes.length || checked.faults.length > 0 || Boolean(sketch);
    byId("kept").hidden = !file.site.alerts;
    this.#showOutcome();
  }

  #showOutcome() {
    const { file } = this.desk;
    const how = file.served ? "site.restart" : "site.start";
    const due = file.needs_restart && file.hash ? t(how, { path: file.path }) : "";
    const kept = this.#saved ? t(this.#saved.backup ? "site.saved.kept" : "site.saved", { backup: this.#saved.backup }) : "";
    setText(byId("outcome"), [kept, due].filter(Boolean).join(" "));
    byId("outcome").hidden = !kept && !due;
    const words = this.#trouble?.() ?? "";
    setText(byId("file-error"), words);
    byId("file-error").hidden = !words;
  }

  #fault({ field, message }) {
    const link = button(field || t("site.whole"), () => this.desk.show(field), "link-button");
    return el("li", "", null, link, el("span", "", message));
  }

  #change({ where, before, after }) {
    const row = el("li", "", null, el("code", "", where));
    if (before !== null) row.append(el("del", "", brief(before)));
    if (after !== null) row.append(el("ins", "", brief(after)));
    return row;
  }

  async #save() {
    const { desk } = this;
    byId("save").disabled = true;
    try {
      this.#saved = await postJson("/api/site", { site: desk.site, hash: desk.file.hash }, { method: "PUT" });
      this.#trouble = null;
      await desk.load();
      toast(t("site.saved"));
    } catch (error) {
      this.#fail(error, "site.not_saved");
    }
  }

  #fail(error, key) {
    if (!(error instanceof ApiError)) throw error;
    const isOther = error.status === 409 && error.field === "hash";
    byId("reload").hidden = !isOther;
    this.#trouble = () => {
      if (!error.status) return t("page.banner.unreachable");
      return isOther ? t("site.changed_meanwhile") : t(key, { detail: error.message });
    };
    this.refresh();
  }

  async #reload() {
    this.#trouble = this.#saved = null;
    byId("reload").hidden = true;
    await this.desk.load().catch((error) => this.#fail(error, "site.failed"));
  }

  #download() {
    const link = el("a");
    link.href = URL.createObjectURL(new Blob([this.desk.checked.yaml], { type: "application/yaml" }));
    link.download = "site.yaml";
    link.click();
    URL.revokeObjectURL(link.href);
  }

  async #upload(input) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    if (file.size > MOST_BYTES) {
      this.#trouble = () => t("site.too_large");
      return this.refresh();
    }
    try {
      const found = await postJson("/api/site/upload", { name: file.name, yaml: await file.text() });
      this.#trouble = null;
      this.desk.checked = found;
      this.desk.replace(found.site);
      toast(t("site.uploaded"));
    } catch (error) {
      this.#fail(error, "site.not_read");
    }
  }
}

/** A value in few words: a zone by its corners, parts with commas between, anything else as it would stand in the file. */
function brief(value) {
  if (value === null || typeof value !== "object") return String(value);
  const isZone = Array.isArray(value) && value.length && value.every((point) => Array.isArray(point) && point.length === 2);
  if (isZone) return t("site.corners", { n: value.length });
  if (Array.isArray(value)) return value.map((one) => (isPlain(one) ? brief(one) : `(${brief(one)})`)).join(", ") || "[]";
  return Object.entries(value).map(([key, inner]) => `${key}: ${isPlain(inner) ? brief(inner) : `(${brief(inner)})`}`).join(", ") || "{}";
}

const isPlain = (value) => value === null || typeof value !== "object";
