// What is done to a draft of the site. Pure: a site is plain values that nobody changes, every function gives a new one.

export const ZONES = ["staff", "visitor", "placard", "telephone"];
export const zoneKey = (kind) => `${kind}_zone`;

/** The value at a path like ["posts", 0, "name"], undefined where there is none. */
export const valueAt = (site, path) => path.reduce((value, key) => value?.[key], site);

/** With another value at a path; undefined takes the key away, and with it a section that it leaves empty. */
export function withValue(site, [key, ...rest], value) {
  const inner = rest.length ? withValue(site?.[key] ?? (typeof rest[0] === "number" ? [] : {}), rest, value) : value;
  if (Array.isArray(site)) return site.map((old, i) => (i === key ? inner : old));
  const { [key]: _, ...others } = site ?? {};
  const isGone = inner === undefined || (rest.length && value === undefined && isEmpty(inner));
  if (isGone) return others;
  return { ...site, [key]: inner };
}

const isEmpty = (value) => value !== null && typeof value === "object" && !Array.isArray(value) && !Object.keys(value).length;

export const withEntry = (site, path, entry) => withValue(site, path, [...(valueAt(site, path) ?? []), entry]);

/** Without the entry at an index; a list that is then empty is left out, but for cameras and posts. */
export function withoutEntry(site, path, index) {
  const left = valueAt(site, path).filter((_, i) => i !== index);
  return withValue(site, path, left.length || path.length === 1 ? left : undefined);
}

/** The first id of this form that nothing has yet: camera1, w01. */
export function freeId(entries, prefix, digits = 1) {
  const taken = new Set((entries ?? []).map((one) => one.id));
  for (let n = 1; ; n += 1) {
    const id = prefix + String(n).padStart(digits, "0");
    if (!taken.has(id)) return id;
  }
}

/** A camera under another id; its posts follow. */
export function renameCamera(site, index, id) {
  const old = site.cameras[index].id;
  const follow = (post) => (post.camera === old ? { ...post, camera: id } : post);
  return { ...withValue(site, ["cameras", index, "id"], id), posts: (site.posts ?? []).map(follow) };
}

/** A post under another id; breaks and routes of alerts that name it follow. */
export function renamePost(site, index, id) {
  const old = site.posts[index].id;
  const follow = (entry) => (entry.posts ? { ...entry, posts: entry.posts.map((one) => (one === old ? id : one)) } : entry);
  let renamed = withValue(site, ["posts", index, "id"], id);
  for (const path of [["schedule", "breaks"], ["alerts", "routes"]]) {
    const entries = valueAt(renamed, path);
    if (entries) renamed = withValue(renamed, path, entries.map(follow));
  }
  return renamed;
}

/** A route of alerts under another id; those that pass on to it follow. */
export function renameRoute(site, index, id) {
  const old = site.alerts.routes[index].id;
  const follow = (route) => (route.then === old ? { ...route, then: id } : route);
  const routes = site.alerts.routes.map((route, i) => (i === index ? { ...follow(route), id } : follow(route)));
  return withValue(site, ["alerts", "routes"], routes);
}

/** The corners of all zones that one camera's posts have, but for one. */
export function otherZones(site, camera, post, kind) {
  const found = [];
  (site.posts ?? []).forEach((one, index) => {
    if (one.camera !== camera) return;
    for (const other of ZONES) {
      const points = one[zoneKey(other)];
      if (points?.length && !(index === post && other === kind)) found.push({ post: index, kind: other, points });
    }
  });
  return found;
}

/** The days of a text like "mon-fri" or "mon,wed"; all of them where there is none. */
export function daysOf(text, all) {
  if (!text) return [...all];
  const chosen = new Set();
  for (const part of text.toLowerCase().replaceAll(" ", "").split(",")) {
    const [first, last = first] = part.split("-").map((day) => all.indexOf(day));
    if (first < 0 || last < 0) continue;
    for (let i = 0; i <= (last - first + all.length) % all.length; i += 1) chosen.add(all[(first + i) % all.length]);
  }
  return all.filter((day) => chosen.has(day));
}

/** The same as a text: one span where it is one, else the days with commas. */
export function daysText(days, all) {
  const [first, last] = [all.indexOf(days[0]), all.indexOf(days.at(-1))];
  return days.length > 2 && last - first === days.length - 1 ? `${days[0]}-${days.at(-1)}` : days.join(",");
}
