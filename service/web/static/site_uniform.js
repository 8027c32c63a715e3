// Set-up, fourth part: examples of the hall's uniform, picked from a camera's picture with the mouse or with keys.

import { ApiError, deleteJson, getJson, postJson } from "./api.js";
import { byId, el, fillSelect, setText } from "./dom.js";
import { BoxPicker } from "./box_picker.js";
import { button } from "./site_fields.js";
import { bitmapOf, drawPicture } from "./site_pictures.js";
import { t } from "./texts.js";

const KINDS = ["wear", "other"];
const ROOT = "/api/site/uniform";

export class UniformPanel {
  #kept = null; // what the service keeps
  #picture = null; // the one that people are picked from
  #judged = null;
  #busy = ""; // what is under way: "picture", "judge", "keep"
  #trouble = null; // () => words, said anew in another language

  constructor(desk) {
    this.desk = desk;
    this.picker = new BoxPicker(byId("pick-board"), () => this.refresh());
    byId("pick-picture").addEventListener("click", () => this.#take());
    byId("pick-camera").addEventListener("change", () => this.#drop());
    byId("pick-box").addEventListener("click", () => this.picker.begin());
    for (const kind of KINDS) byId(`pick-${kind}`).addEventListener("click", () => this.#keep(kind));
    byId("judge").addEventListener("click", () => this.#judge());
    byId("use-uniform").addEventListener("click", () => this.#use());
    byId("drop-uniform").addEventListener("click", () => desk.set(["uniform"], undefined));
  }

  /** A part was opened: what the service keeps is asked for with this one. */
  opened(part) {
    if (part === "uniform" && this.desk.file) this.#load();
  }

  build() {
    const posts = this.desk.site.posts ?? [];
    const names = (id) => posts.filter((post) => post.camera === id).map((post) => post.name || post.id).join(t("site.try.comma"));
    fillSelect(byId("pick-camera"), (this.desk.site.cameras ?? []).map(({ id }) => [id, names(id) ? `${id} · ${names(id)}` : id]));
    this.picker.show(this.#picture?.people ?? [], (n) => (n ? t("site.uniform.person", { n }) : t("site.uniform.own")));
    this.#showKept();
    this.refresh();
  }

  refresh() {
    const isBusy = this.#busy !== "";
    drawPicture(byId("pick-canvas"), this.#picture);
    byId("pick-empty").hidden = Boolean(this.#picture);
    byId("pick-picture").disabled = isBusy || !this.#camera;
    setText(byId("pick-picture"), t(this.#busy === "picture" ? "site.camera.taking" : "site.camera.take"));
    byId("pick-box").disabled = !this.#picture;
    for (const kind of KINDS) byId(`pick-${kind}`).disabled = isBusy || !this.picker.box || !this.#picture;
    byId("judge").disabled = isBusy || !this.#kept?.wear.length;
    setText(byId("judge"), t(this.#busy === "judge" ? "site.uniform.judging" : "site.uniform.judge"));
    this.#showTold();
    const named = Boolean(this.desk.site.uniform);
    byId("use-uniform").hidden = named;
    byId("use-uniform").disabled = !this.#judged?.usable;
    byId("drop-uniform").hidden = !named;
    byId("uniform-broken").hidden = !named || this.#judged?.usable !== false;
    setText(byId("uniform-used"), t(named ? "site.uniform.named" : "site.uniform.unnamed"));
  }

  get #camera() {
    return this.desk.site.cameras?.find((camera) => camera.id === byId("pick-camera").value);
  }

  #showTold() {
    const people = this.#picture?.people.length;
    const hint = !this.#picture ? "" : people ? t("site.uniform.found", { n: people }) : t("site.uniform.found_none");
    setText(byId("pick-told"), this.#trouble?.() ?? hint);
    byId("pick-told").classList.toggle("form-error", Boolean(this.#trouble));
  }

  #showKept() {
    const kept = this.#kept;
    for (const kind of KINDS) {
      const all = kept?.[kind] ?? [];
      setText(byId(`${kind}-count`), kept ? t("site.uniform.count", { n: all.length, least: kept.least, enough: kept.enough }) : "");
      byId(`${kind}-list`).replaceChildren(...all.map(({ id }, i) => this.#example(kind, id, i + 1)));
    }
    const lines = this.#lines();
    byId("judged").replaceChildren(...lines.map(([words, how]) => el("li", how, words)));
  }

  #example(kind, id, n) {
    const image = el("img");
    Object.assign(image, { src: `${ROOT}/${kind}/${id}`, alt: t(`site.uniform.${kind}.one`, { n }), loading: "lazy" });
    const away = button(t("site.remove"), () => this.#remove(kind, id, n));
    away.setAttribute("aria-label", `${t("site.remove")}: ${image.alt}`);
    const line = el("li", "", null, image, away);
    const unused = this.#judged?.unused.find((one) => one.id === id && one.kind === kind);
    if (unused) line.append(el("p", "hint", t("site.uniform.unused", { why: unused.why })));
    return line;
  }

  /** What the examples teach, as [words, class]. */
  #lines() {
    const judged = this.#judged;
    if (!judged) return [];
    const lines = [[t(judged.usable ? "site.uniform.usable" : "site.uniform.unusable"), judged.usable ? "good" : "fault"]];
    if (judged.error) lines.push([judged.error, ""]);
    if (judged.recognised !== null) lines.push([t("site.uniform.recognised", { share: Math.round(judged.recognised * 100) }), ""]);
    if (judged.other_recognised !== null) {
      lines.push([t("site.uniform.other_recognised", { share: Math.round(judged.other_recognised * 100) }), ""]);
    }
    return [...lines, ...judged.weak.map((words) => [words, ""])];
  }

  /** One thing at a time; what went wrong is said. */
  async #do(what, work) {
    if (this.#busy) return;
    this.#busy = what;
    this.#trouble = null;
    this.refresh();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#trouble = wordsOf(error);
    } finally {
      this.#busy = "";
      this.build();
    }
  }

  /** Nothing waits for it: a picture can be taken meanwhile. */
  async #load() {
    try {
      this.#kept = await getJson(ROOT);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#trouble = wordsOf(error);
    }
    this.#showKept();
    this.refresh();
  }

  #drop() {
    this.#picture = null;
    this.build();
  }

  #take() {
    return this.#do("picture", async () => {
      const found = await postJson(`${ROOT}/people`, { camera: this.#camera });
      this.#picture = { ...found, bitmap: await bitmapOf(found.jpeg) };
    });
  }

  async #keep(kind) {
    const asked = { picture: this.#picture.picture, kind, box: this.picker.box };
    await this.#do("keep", async () => {
      await postJson(`${ROOT}/examples`, asked);
      this.picker.done();
      this.#judged = null;
      this.#kept = await getJson(ROOT);
    });
    this.picker.focus();
  }

  async #remove(kind, id, n) {
    await this.#do("remove", async () => {
      this.#kept = await deleteJson(`${ROOT}/${kind}/${id}`);
      this.#judged = null;
    });
    const left = byId(`${kind}-list`).querySelectorAll("button");
    (left[Math.min(n, left.length) - 1] ?? byId(`${kind}-title`)).focus();
  }

  async #judge() {
    await this.#do("judge", async () => (this.#judged = await getJson(`${ROOT}/judgement`)));
    byId("judge").focus();
  }

  /** The draft names the folders; without other clothes the uniform is only told from people in general. */
  #use() {
    const { wear, other } = this.#kept.folders;
    this.desk.set(["uniform"], this.#kept.other.length ? { wear, other } : { wear });
    byId("drop-uniform").focus();
  }
}

function wordsOf({ status, field, message }) {
  if (!status) return () => t("page.banner.unreachable");
  if (status === 404 && field === "picture") return () => t("site.uniform.old");
  if (status === 409 && field === "kind") return () => t("site.uniform.full");
  if (status === 429) return () => t("site.try.busy");
  return () => t("site.failed", { detail: message });
}
