// The wall: asks every two seconds what is new while somebody can see it, and lays the posts out on the screen.

import { ApiError, getChanged } from "./api.js";
import { byId, fillSelect, setText } from "./dom.js";
import { setZone } from "./format.js";
import { lang, onSwitch, start, switchToNext, t } from "./texts.js";
import { Tile, aged } from "./tile.js";

const EVERY_MS = 2000;
const STATES = ["absent", "unknown", "covered", "off", "present"]; // as they need attention
const GAP = 8;
const LEAST = 172; // a narrower tile cannot be read
const WORDS = 0.3; // how high a tile's words are, as a share of its width
const page = JSON.parse(byId("page-data").textContent);
start(page.lang, page.texts);
setZone(page.timezone);
const tiles = new Map(); // by post
let wall = null;
let etag = null;
let came = 0; // when the answer of the wall came
let timer = null;

// -- asking

async function ask() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    const answer = await getChanged("/api/wall", etag);
    // An answer without news leaves the looks as old as they are.
    if (answer.json) [wall, etag, came] = [answer.json, answer.etag, performance.now()];
    byId("banner").hidden = true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    setText(byId("banner"), error.status ? t("page.banner.store", { detail: error.message }) : t("page.banner.unreachable"));
    byId("banner").hidden = false;
  } finally {
    clearTimeout(timer);
    timer = setTimeout(ask, EVERY_MS);
  }
  render();
}

// -- showing

const attention = (post) => (post.asked.length ? -1 : STATES.indexOf(post.state));
const byName = (a, b) => a.name.localeCompare(b.name, lang(), { numeric: true });
const byAttention = (a, b) => attention(a) - attention(b) || byName(a, b);

function chosen(posts) {
  const [camera, state] = [byId("camera").value, byId("state").value];
  return posts
    .filter((post) => !camera || post.camera === camera)
    .filter((post) => !state || (state === "asked" ? post.asked.length > 0 : post.state === state))
    .sort(byId("sort").value === "attention" ? byAttention : byName);
}

function render() {
  if (!wall) return;
  const laterS = (performance.now() - came) / 1000;
  const posts = wall.posts.map((post) => aged(post, laterS, wall.old_s));
  offerCameras([...new Set(posts.map((post) => post.camera))].sort());
  const shown = chosen(posts);
  for (const post of shown) {
    if (!tiles.has(post.post)) tiles.set(post.post, new Tile());
    tiles.get(post.post).show(post);
  }
  arrange(shown.map((post) => tiles.get(post.post).element));
  showCounts(posts);
  showNotes(posts, shown);
}

/** Put the tiles into this order; those that stand right already are not touched, so that the focus stays. */
function arrange(elements) {
  const list = byId("tiles");
  if (elements.length !== list.children.length || elements.some((one, i) => list.children[i] !== one)) {
    const focused = document.activeElement;
    list.replaceChildren(...elements);
    if (list.contains(focused)) focused.focus();
  }
  fit(elements.length);
}

/** As many columns as make the pictures as large as can be with all tiles on the screen. */
function fit(count) {
  const list = byId("tiles");
  const room = list.parentElement;
  const [width, height] = [list.clientWidth + GAP, room.clientHeight - (list.offsetTop - room.offsetTop)];
  let best = { columns: 1, size: 0 };
  for (let columns = 1; columns <= count && width / columns - GAP >= LEAST; columns += 1) {
    const wide = width / columns - GAP;
    const size = Math.min(wide, height / Math.ceil(count / columns) - GAP - WORDS * wide);
    // Where not all have room on the screen it is scrolled, and as many as can stand side by side.
    if (size > best.size || best.size <= LEAST / 2) best = { columns, size };
  }
  list.style.setProperty("--columns", best.columns);
}

function showCounts(posts) {
  const numbers = STATES.map((state) => [state, posts.filter((post) => post.state === state).length]);
  const counts = numbers.filter(([, n]) => n).map(([state, n]) => t("wall.count", { state: t(`wall.state.${state}`), n }));
  const asked = posts.filter((post) => post.asked.length).length;
  if (asked) counts.unshift(t("wall.count", { state: t("wall.asked"), n: asked }));
  setText(byId("counts"), posts.length ? t("wall.counts", { posts: posts.length, counts: counts.join(" · ") }) : "");
}

function showNotes(posts, shown) {
  const notes = ["idle", "done", "failed"].includes(wall.run) ? [t(`wall.note.${wall.run}`)] : [];
  if (!wall.pictures) notes.push(t("wall.note.no_pictures"));
  setText(byId("note"), notes.join(" "));
  byId("note").hidden = !notes.length || !posts.length;
  const kind = posts.length ? "filtered" : "empty";
  byId("empty").hidden = shown.length > 0;
  setText(byId("empty-title"), t(`wall.${kind}.title`));
  setText(byId("empty-text"), t(`wall.${kind}.text`));
}

/** Which cameras there are to choose from; a list that somebody has open is not touched needlessly. */
function offerCameras(cameras) {
  const pairs = [["", t("wall.all.cameras")], ...cameras.map((id) => [id, id])];
  const there = [...byId("camera").options].map((option) => [option.value, option.text]);
  if (JSON.stringify(there) !== JSON.stringify(pairs)) fillSelect(byId("camera"), pairs);
}

// -- choosing: kept in the address, so that a wall that is loaded again is the same

function relabel() {
  fillSelect(byId("state"), [["", t("wall.all.states")], ["asked", t("wall.asked")], ...STATES.map((one) => [one, t(`wall.state.${one}`)])]);
  fillSelect(byId("sort"), [["name", t("wall.sort.name")], ["attention", t("wall.sort.attention")]]);
}

function remember() {
  const kept = new URLSearchParams(["camera", "state", "sort"].map((id) => [id, byId(id).value]).filter(([, value]) => value));
  history.replaceState(null, "", `#${kept}`);
  render();
}

function recall() {
  const kept = new URLSearchParams(location.hash.slice(1));
  const camera = kept.get("camera");
  if (camera) fillSelect(byId("camera"), [[camera, camera]]); // until it is known which there are
  for (const id of ["camera", "state", "sort"]) if (kept.has(id)) byId(id).value = kept.get(id);
}

onSwitch(() => {
  relabel();
  render();
});
for (const id of ["camera", "state", "sort"]) byId(id).addEventListener("change", remember);
byId("language").addEventListener("click", () => switchToNext(page.languages));
document.addEventListener("visibilitychange", ask);
addEventListener("resize", render);
relabel();
recall();
ask();
