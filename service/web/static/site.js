// The set-up page: a draft of the site file in six parts, with undo over all of them, checked as it changes.

import { ApiError, getJson, postJson } from "./api.js";
import { byId, setText } from "./dom.js";
import { History } from "./history.js";
import { AlertsPanel } from "./site_alerts.js";
import { CamerasPanel } from "./site_cameras.js";
import { valueAt, withValue } from "./site_edit.js";
import { fieldAt, markFaults } from "./site_fields.js";
import { FilePanel } from "./site_file.js";
import { keepDraft, keptDraft } from "./site_kept.js";
import { PostsPanel } from "./site_posts.js";
import { RulesPanel } from "./site_rules.js";
import { TrialPanel } from "./site_trial.js";
import { UniformPanel } from "./site_uniform.js";
import { onSwitch, start, switchToNext, t } from "./texts.js";
import { toast } from "./toast.js";

const CHECK_MS = 350;
const PARTS = ["cameras", "posts", "rules", "uniform", "alerts", "file"];
const NOT_CHECKED = { faults: [], changes: [], unset: [], yaml: "" };
const page = JSON.parse(byId("page-data").textContent);
start(page.lang, page.texts);

/** What the panels work on. */
const desk = {
  page,
  file: null, // what /api/site said
  checked: NOT_CHECKED,
  chosen: { camera: 0, post: 0, zone: "staff" },
  history: new History({ site: {}, sketch: null }),

  get site() {
    return desk.history.state.site;
  },
  /** The zone that is being drawn and not closed yet: {post, kind, points}; null when none is. */
  get sketch() {
    return desk.history.state.sketch;
  },
  /** Another site, with other rows perhaps: all is built anew. */
  replace(site, sketch = null) {
    desk.history.push({ site, sketch });
    // While the next field is entered nothing has the focus: built at once, that field would be gone before it has.
    if (document.activeElement === document.body) setTimeout(build);
    else build();
  },
  /** Another value of one field; the forms stay as they are. */
  set(path, value) {
    if (JSON.stringify(valueAt(desk.site, path)) === JSON.stringify(value)) return;
    desk.history.push({ site: withValue(desk.site, path, value), sketch: desk.sketch });
    refresh();
  },
  undo() {
    desk.history.undo();
    build();
  },
  redo() {
    desk.history.redo();
    build();
  },
  /** Show a part, and in it the field that a fault or a change is about. */
  show(field) {
    const [part, number] = field.split(".");
    const where = PARTS.includes(part) ? part : "rules";
    if (/^\d+$/.test(number ?? "")) desk.chosen[part === "cameras" ? "camera" : "post"] = Number(number);
    const zone = /^posts\.\d+\.(\w+)_zone/.exec(field);
    if (zone) desk.chosen.zone = zone[1];
    open(where);
    build();
    (fieldAt(byId(`part-${where}`), field) ?? byId(`tab-${where}`)).focus();
  },
  load,
  refresh,
  build,
};

const cameras = new CamerasPanel(desk);
desk.takePicture = (camera) => cameras.take(camera);
desk.isTaking = () => cameras.isBusy;
desk.pictureTrouble = (camera) => cameras.troubleOf(camera);
const panels = [cameras, new PostsPanel(desk), new RulesPanel(desk), new UniformPanel(desk), new AlertsPanel(desk), new TrialPanel(desk), new FilePanel(desk)];
const owner = page.session.name;
let timer = 0;
let asked = 0;

async function load() {
  desk.file = await getJson("/api/site");
  desk.history = new History({ site: desk.file.site, sketch: null });
  desk.checked = NOT_CHECKED;
  const draft = keptDraft(owner, desk.file.hash);
  if (draft) {
    desk.history.push(draft);
    toast(t("site.draft_back"));
  }
  build();
  for (const panel of panels) panel.opened?.(PARTS.find((part) => !byId(`part-${part}`).hidden));
}

/** Everything anew, after other rows or another language. */
function build() {
  const focused = document.activeElement?.id;
  for (const panel of panels) panel.build();
  markFaults(document, desk.checked.faults); // until they are known anew: nothing moves away under a click
  refresh();
  if (focused && document.activeElement?.id !== focused) byId(focused)?.focus();
}

/** What follows from the draft: labels, buttons, and what the service says of it. */
function refresh() {
  for (const panel of panels) panel.refresh();
  byId("undo").disabled = !desk.history.canUndo;
  byId("redo").disabled = !desk.history.canRedo;
  if (desk.file) keepDraft(owner, desk.file.hash, desk.history.canUndo ? desk.history.state : null);
  showState();
  clearTimeout(timer);
  timer = setTimeout(() => check().catch(showError), CHECK_MS);
}

async function check() {
  const mine = (asked += 1);
  const found = await postJson("/api/site/check", { site: desk.site });
  if (mine !== asked) return; // another draft is on its way
  desk.checked = found;
  say("");
  markFaults(document, found.faults);
  for (const panel of panels.slice(-2)) panel.refresh(); // those that tell of what was checked
  showState();
}

function showState() {
  const { faults, changes } = desk.checked;
  const count = faults.length;
  const state = !changes.length ? "same" : count ? "faulty" : "ready";
  const bar = byId("draft-state");
  bar.dataset.state = state;
  setText(bar, t(`site.state.${state}`, { n: state === "faulty" ? count : changes.length }));
}

export function say(words) {
  setText(byId("site-error"), words);
  byId("site-error").hidden = !words;
}

function showError(error) {
  if (!(error instanceof ApiError)) throw error;
  say(error.status ? t("site.failed", { detail: error.message }) : t("page.banner.unreachable"));
}

// -- the six parts

function open(part) {
  for (const one of PARTS) {
    const tab = byId(`tab-${one}`);
    tab.setAttribute("aria-selected", String(one === part));
    tab.tabIndex = one === part ? 0 : -1;
    byId(`part-${one}`).hidden = one !== part;
  }
  history.replaceState(null, "", `${location.pathname}${location.search}#${part}`);
  for (const panel of panels) panel.opened?.(part);
}

function walkTabs(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const now = PARTS.findIndex((part) => byId(`tab-${part}`) === document.activeElement);
  const next = PARTS[(now + step + PARTS.length) % PARTS.length];
  open(next);
  byId(`tab-${next}`).focus();
  event.preventDefault();
}

for (const part of PARTS) byId(`tab-${part}`).addEventListener("click", () => open(part));
byId("tabs").addEventListener("keydown", walkTabs);
byId("undo").addEventListener("click", desk.undo);
byId("redo").addEventListener("click", desk.redo);
byId("language").addEventListener("click", () => switchToNext(page.languages));
document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key)) return;
  if (event.target.matches("input[type=text], input[type=number], textarea")) return; // its own undo
  event.preventDefault();
  if (key === "y" || event.shiftKey) desk.redo();
  else desk.undo();
});
addEventListener("beforeunload", (event) => {
  if (desk.history.canUndo && (desk.checked.changes.length || desk.sketch)) event.preventDefault();
});
onSwitch(build);
open(PARTS.includes(location.hash.slice(1)) ? location.hash.slice(1) : PARTS[0]);
load().catch(showError);
