// The draft, kept in this tab until it is saved: who has to log in again finds it as it was.

const KEY = "site-draft";
const ADDRESSES = ["url", "sub_url"];

/** Keep what `owner` has made of the file with this hash; null: nothing. A browser that keeps nothing is no mistake. */
export function keepDraft(owner, hash, state) {
  try {
    if (state === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify({ owner, hash, state: { ...state, site: withoutSecrets(state.site) } }));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** What was kept of the same person's draft of the same file, else null. */
export function keptDraft(owner, hash) {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return found?.owner === owner && found.hash === hash ? found.state : null;
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** Addresses in which a password stands are typed anew; what the service has hidden of its file's is none. Pure. */
export function withoutSecrets(site) {
  if (!Array.isArray(site.cameras)) return site;
  const bare = (camera) => Object.fromEntries(Object.entries(camera).filter(([key, value]) => !ADDRESSES.includes(key) || !hasSecret(value)));
  return { ...site, cameras: site.cameras.map(bare) };
}

/** As `service/sitefile/addresses.py` knows them: a password before the @, or in the query. */
function hasSecret(url) {
  const plain = String(url).replace(/\$\{\w+\}/g, "");
  return /\/\/[^/?#]*?:[^/?#]+@/.test(plain) || /[?&][^=&]*(pass|pwd|token|secret|auth|key|sign)[^=&]*=[^&#]+/i.test(plain);
}
