// Set-up, first part: which cameras there are, and what they show.

import { ApiError, getJson } from "./api.js";
import { byId, el, setText } from "./dom.js";
import { freeId, renameCamera, withEntry, withoutEntry } from "./site_edit.js";
import { button, selectField, textField } from "./site_fields.js";
import { drawPicture, pictureOf, takePicture } from "./site_pictures.js";
import { onSwitch, t, tOr } from "./texts.js";

const HEALTH_MS = 10_000;

/** Buttons, one per entry, of which one is chosen. Their words change in place, so that no click is lost. */
export function fillList(list, labels, chosen, onChoose) {
  if (list.children.length !== labels.length) {
    const rows = labels.map((_, index) => el("li", "", null, button("", () => onChoose(index), "row")));
    for (const row of rows) row.firstChild.append(el("strong"), el("span", "muted"));
    list.replaceChildren(...rows);
  }
  labels.forEach(([title, below], index) => {
    const row = list.children[index].firstChild;
    setText(row.children[0], title);
    setText(row.children[1], below);
    row.setAttribute("aria-current", String(index === chosen));
  });
}

export class CamerasPanel {
  #states = new Map();
  #busy = null;
  #told = { camera: null, words: "" }; // why there is no picture of a camera

  constructor(desk) {
    this.desk = desk;
    byId("add-camera").addEventListener("click", () => this.#add());
    byId("take-picture").addEventListener("click", () => this.take(this.#camera));
    byId("remove-camera").addEventListener("click", () => this.#remove());
    onSwitch(() => this.#tell(null, ""));
    this.#ask();
    setInterval(() => !byId("part-cameras").hidden && this.#ask(), HEALTH_MS);
  }

  get #all() {
    return this.desk.site.cameras ?? [];
  }

  get #index() {
    return Math.min(this.desk.chosen.camera, this.#all.length - 1);
  }

  get #camera() {
    return this.#all[this.#index];
  }

  build() {
    const { desk } = this;
    const [camera, index] = [this.#camera, this.#index];
    byId("add-camera").disabled = false; // what is added before the site is there would be lost
    byId("camera-form").hidden = !camera;
    byId("camera-none").hidden = Boolean(camera);
    if (!camera) return byId("camera-fields").replaceChildren();
    const path = (key) => ["cameras", index, key];
    const set = (key) => (value) => desk.set(path(key), value);
    const ways = desk.page.transports.map((one) => [one, one.toUpperCase()]);
    byId("camera-fields").replaceChildren(
      textField(path("id"), t("site.id"), camera.id, (id) => desk.replace(renameCamera(desk.site, index, id)), { keep: true }),
      selectField(path("transport"), t("site.camera.transport"), ways, camera.transport ?? "tcp", (way) =>
        desk.set(path("transport"), way === "tcp" ? undefined : way),
      ),
      textField(path("url"), t("site.camera.url"), camera.url, set("url"), {
        keep: true, wide: true, hint: t("site.camera.url.hint"), placeholder: "rtsp://viewer:${EAST_PASSWORD}@camera-1/main",
      }),
      textField(path("sub_url"), t("site.camera.sub_url"), camera.sub_url, set("sub_url"), { wide: true, hint: t("site.camera.sub_url.hint") }),
    );
  }

  refresh() {
    fillList(byId("camera-list"), this.#all.map((one) => [one.id, this.#state(one)]), this.#index, (index) => {
      this.desk.chosen.camera = index;
      this.#tell(null, "");
      this.desk.build();
    });
    const picture = pictureOf(this.#camera);
    drawPicture(byId("camera-picture"), picture);
    byId("camera-picture").hidden = !picture;
    const facts = picture && {
      codec: picture.codec, width: picture.width, height: picture.height,
      fps: picture.frame_rate ?? "–", key: picture.keyframe_s ?? "–",
    };
    const trouble = this.troubleOf(this.#camera?.id);
    setText(byId("camera-facts"), trouble || (facts ? t("site.camera.facts", facts) : ""));
    byId("camera-facts").classList.toggle("form-error", Boolean(trouble));
    byId("take-picture").disabled = this.#busy !== null;
    setText(byId("take-picture"), t(this.#busy !== null ? "site.camera.taking" : "site.camera.take"));
  }

  /** Take a picture of a camera; what went wrong is said. Others wait for `busy` to end. */
  async take(camera) {
    if (this.#busy !== null || !camera) return;
    this.#busy = camera.id;
    this.#tell(null, "");
    this.desk.refresh();
    try {
      await takePicture(camera);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const words = error.status ? t("site.camera.failed", { detail: error.message }) : t("page.banner.unreachable");
      this.#tell(camera.id, words);
    } finally {
      this.#busy = null;
      this.desk.build();
    }
  }

  get isBusy() {
    return this.#busy !== null;
  }

  /** Why there is no picture of a camera; empty where none was asked for, or it came. */
  troubleOf(id) {
    return id === this.#told.camera ? this.#told.words : "";
  }

  #tell(camera, words) {
    this.#told = { camera, words };
  }

  #state(camera) {
    const state = this.#states.get(camera.id);
    const saved = this.desk.file?.site.cameras?.some((one) => one.id === camera.id);
    if (!saved || !this.desk.file.served) return t("site.camera.new");
    return state ? tOr(`health.${state}`, state) : t("site.camera.well");
  }

  async #ask() {
    const health = await getJson("/api/health").catch((error) => {
      if (error instanceof ApiError) return null; // the states stay as they were
      throw error;
    });
    if (!health) return;
    this.#states = new Map(health.cameras.filter((one) => one.end === null).map((one) => [one.camera, one.state]));
    this.refresh();
  }

  #add() {
    const { desk } = this;
    const id = freeId(this.#all, "camera");
    desk.chosen.camera = this.#all.length;
    desk.replace(withEntry(desk.site, ["cameras"], { id, url: "" }));
    byId(`f-cameras-${desk.chosen.camera}-url`).focus();
  }

  #remove() {
    const { desk } = this;
    desk.replace(withoutEntry(desk.site, ["cameras"], this.#index));
  }
}
