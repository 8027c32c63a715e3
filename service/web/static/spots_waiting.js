// The line above the queue that says how many spot checks wait; only for those who review.

import { ApiError, getJson } from "./api.js";
import { byId, setText } from "./dom.js";
import { languageAsked, onSwitch, t } from "./texts.js";

const POLL_MS = 60_000;
const { session } = JSON.parse(byId("page-data").textContent);
let waiting = 0;

function show() {
  byId("spots-link").search = languageAsked();
  setText(byId("spots-link"), waiting ? t("spots.link", { n: waiting }) : t("spots.link.none"));
  byId("spots-line").hidden = false;
}

async function poll() {
  try {
    ({ waiting } = await getJson("/api/spot-checks?state=waiting&limit=1"));
    show();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // the page itself says that the service is away
  } finally {
    setTimeout(poll, POLL_MS);
  }
}

if (session.permissions.includes("review")) {
  onSwitch(show);
  poll();
}
