// Set-up, second part: the posts, and their zones on the camera's picture.

import { byId, el, setText } from "./dom.js";
import { crosses } from "./polygon.js";
import { fillList } from "./site_cameras.js";
import { freeId, otherZones, renamePost, withEntry, withoutEntry, withValue, ZONES, zoneKey } from "./site_edit.js";
import { numberField, selectField, textField } from "./site_fields.js";
import { drawPicture, pictureOf } from "./site_pictures.js";
import { t } from "./texts.js";
import { ZoneEditor } from "./zone_editor.js";

export class PostsPanel {
  constructor(desk) {
    this.desk = desk;
    this.editor = new ZoneEditor(byId("zones"), {
      onChange: (points, isClosed) => this.#change(points, isClosed),
      onPick: ({ post, kind }) => this.#choose(post, kind),
      onUndo: () => desk.undo(),
      onDiscard: () => desk.sketch && desk.replace(desk.site),
    });
    byId("add-post").addEventListener("click", () => this.#add());
    byId("remove-post").addEventListener("click", () => this.#remove());
    byId("remove-zone").addEventListener("click", () => this.#removeZone());
    byId("post-picture").addEventListener("click", () => desk.takePicture(this.#camera));
    for (const kind of ZONES) this.#kindButton(kind);
  }

  #kindButton(kind) {
    const radio = el("input");
    Object.assign(radio, { type: "radio", name: "zone-kind", value: kind });
    radio.addEventListener("change", () => this.#choose(this.#index, kind));
    const label = el("label", "kind", null, radio, el("span"));
    label.dataset.kind = kind;
    byId("zone-kinds").append(label);
  }

  get #all() {
    return this.desk.site.posts ?? [];
  }

  get #index() {
    return Math.min(this.desk.chosen.post, this.#all.length - 1);
  }

  get #post() {
    return this.#all[this.#index];
  }

  get #camera() {
    return this.desk.site.cameras?.find((camera) => camera.id === this.#post?.camera);
  }

  build() {
    const { desk } = this;
    const [post, index] = [this.#post, this.#index];
    byId("post-work").hidden = !post;
    byId("post-none").hidden = Boolean(post);
    byId("add-post").disabled = !desk.site.cameras?.length;
    setText(byId("post-none"), t(desk.site.cameras?.length ? "site.posts.none" : "site.posts.no_camera"));
    if (!post) return byId("post-fields").replaceChildren();
    const path = (key) => ["posts", index, key];
    const set = (key) => (value) => desk.set(path(key), value);
    const cameras = (desk.site.cameras ?? []).map((one) => [one.id, one.id]);
    byId("post-fields").replaceChildren(
      textField(path("name"), t("site.post.name"), post.name, set("name"), { placeholder: post.id }),
      textField(path("id"), t("site.id"), post.id, (id) => desk.replace(renamePost(desk.site, index, id)), { keep: true }),
      selectField(path("camera"), t("site.post.camera"), cameras, post.camera, (camera) =>
        desk.replace(withValue(desk.site, path("camera"), camera)),
      ),
      numberField(path("staff"), t("site.post.staff"), post.staff, set("staff"), { min: 1, max: 20, step: 1, usual: 1 }),
    );
  }

  refresh() {
    const label = (post) => [post.name || post.id, `${post.id} · ${post.camera}`];
    fillList(byId("post-list"), this.#all.map(label), this.#index, (index) => this.#choose(index, "staff"));
    if (this.#post) this.#refreshBoard();
  }

  #refreshBoard() {
    const { desk } = this;
    const kind = desk.chosen.zone;
    const saved = this.#post[zoneKey(kind)] ?? [];
    const drawn = this.#sketch();
    const points = drawn?.points ?? saved;
    const isClosed = !drawn && points.length > 0;
    const picture = pictureOf(this.#camera);
    drawPicture(byId("board-picture"), picture);
    byId("board-empty").hidden = Boolean(picture);
    setText(byId("board-text"), desk.pictureTrouble(this.#post.camera) || t("site.board.none", { camera: this.#post.camera }));
    byId("post-picture").disabled = desk.isTaking() || !this.#camera;
    setText(byId("post-picture"), t(desk.isTaking() ? "site.camera.taking" : "site.camera.take"));
    const zones = otherZones(desk.site, this.#post.camera, this.#index, kind);
    this.editor.show({ zones: zones.map((zone) => ({ ...zone, name: this.#nameOf(zone) })), kind, points, isClosed });
    byId("zones").dataset.field = `posts.${this.#index}.${zoneKey(kind)}`;
    for (const radio of document.getElementsByName("zone-kind")) {
      radio.checked = radio.value === kind;
      setText(radio.nextElementSibling, t(`site.zone.${radio.value}`));
      radio.parentElement.classList.toggle("drawn", Boolean(this.#post[zoneKey(radio.value)]?.length));
    }
    byId("remove-zone").disabled = !points.length;
    const hint = isClosed ? (crosses(points) ? "crossed" : "change") : points.length ? "draw" : `begin.${kind}`;
    setText(byId("zone-hint"), t(`site.zone.hint.${hint}`));
    byId("zone-hint").classList.toggle("form-error", hint === "crossed");
  }

  #nameOf({ post, kind }) {
    const { id, name } = this.#all[post];
    return kind === "staff" ? name || id : post === this.#index ? t(`site.zone.${kind}`) : "";
  }

  /** The drawing under way, when it is that of the chosen zone. */
  #sketch() {
    const { sketch, chosen } = this.desk;
    return sketch && sketch.post === this.#index && sketch.kind === chosen.zone ? sketch : null;
  }

  /** Another zone is shown; a drawing that is under way stays where it is. */
  #choose(post, zone) {
    Object.assign(this.desk.chosen, { post, zone });
    this.desk.build();
  }

  #change(points, isClosed) {
    const { desk } = this;
    const kind = desk.chosen.zone;
    if (!isClosed) return desk.replace(desk.site, { post: this.#index, kind, points });
    desk.replace(withValue(desk.site, ["posts", this.#index, zoneKey(kind)], points));
  }

  #removeZone() {
    const { desk } = this;
    if (this.#sketch()) return desk.replace(desk.site);
    desk.replace(withValue(desk.site, ["posts", this.#index, zoneKey(desk.chosen.zone)], undefined));
    byId("zones").focus();
  }

  #add() {
    const { desk } = this;
    const camera = this.#post?.camera ?? desk.site.cameras[0].id;
    Object.assign(desk.chosen, { post: this.#all.length, zone: "staff" });
    desk.replace(withEntry(desk.site, ["posts"], { id: freeId(this.#all, "w", 2), camera }));
    byId(`f-posts-${desk.chosen.post}-name`).focus();
  }

  #remove() {
    this.desk.replace(withoutEntry(this.desk.site, ["posts"], this.#index));
  }
}
