// Asking the service. Every failure is an ApiError; status 0 means that it could not be reached.

import { idleHeader } from "./activity.js";
import { lang } from "./texts.js";

export class ApiError extends Error {
  constructor(status, detail, field = null, waitS = 0) {
    super(detail);
    this.status = status;
    this.field = field;
    this.waitS = waitS;
  }
}

let leaving = false;
addEventListener("pageshow", () => (leaving = false));

/** The session is over: to the login, and from there back to this page and event. Once: what else was under way is
 * answered so too, and asked for again the login would break off its own loading. */
export function leave() {
  if (leaving) return;
  leaving = true;
  const query = new URLSearchParams(location.search);
  if (location.pathname !== "/") query.set("page", location.pathname);
  location.assign(`/login${query.size ? `?${query}` : ""}${location.hash}`);
}

/** Whatever comes is an answer; what is wrong is told in the page's language. */
async function send(path, options = {}) {
  const headers = { ...options.headers, ...idleHeader(), "Accept-Language": lang() };
  try {
    return await fetch(path, { cache: "no-store", ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, String(error));
  }
}

/** `stay`: a 401 is an answer here (a wrong password), not the end of the session. */
async function ask(path, { stay = false, ...options } = {}) {
  const response = await send(path, options);
  if (response.ok || response.status === 304) return response;
  if (response.status === 401 && !stay) leave();
  const problem = await response.json().catch(() => ({}));
  const waitS = Number(response.headers.get("Retry-After") ?? 0);
  const { detail = response.statusText, field = null } = problem;
  // Of what others have done meanwhile (409) the field is no part that a person gave, so it is not named to them.
  const named = response.status === 409 && detail.startsWith(`${field}: `);
  throw new ApiError(response.status, named ? detail.slice(field.length + 2) : detail, field, waitS);
}

export const getJson = async (path, options) => (await ask(path, options)).json();

/** Ask again for what may be as it was, by the ETag that the last answer had; `json` is null then. */
export async function getChanged(path, known) {
  const response = await ask(path, known ? { headers: { "If-None-Match": known } } : {});
  return { etag: response.headers.get("ETag"), json: response.status === 304 ? null : await response.json() };
}

/** Send JSON; `options` may hold another `method`, and `stay`. */
export async function postJson(path, body, options = {}) {
  const sent = { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await ask(path, { method: "POST", ...sent, ...options })).json();
}

/** Take something away; the answer is JSON. */
export const deleteJson = async (path, options = {}) => (await ask(path, { method: "DELETE", ...options })).json();

/** Health also has a body when it is bad (503). */
export async function getHealth() {
  const response = await send("/api/health");
  if (response.status === 401) leave();
  const health = await response.json();
  if (!health.store) throw new ApiError(response.status, health.detail);
  return health;
}

export const clipUrl = (id) => `/api/events/${id}/clip`;

/** Why a clip does not play: "missing", "denied", "unreachable", "blurring" (its blurred rendition is being made),
 * "unblurred" (there can be none) or "broken". */
export async function clipTrouble(id) {
  try {
    await ask(clipUrl(id), { headers: { Range: "bytes=0-0" } });
  } catch (error) {
    if (error.field === "rendition") return error.status === 503 ? "blurring" : "unblurred";
    return { 0: "unreachable", 403: "denied", 404: "missing" }[error.status] ?? "broken";
  }
  return "broken";
}
