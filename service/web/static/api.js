// Asking the service. Every failure is an ApiError; status 0 means that it could not be reached.

export class ApiError extends Error {
  constructor(status, detail, field = null) {
    super(detail);
    this.status = status;
    this.field = field;
  }
}

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, String(error));
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new ApiError(response.status, problem.detail ?? response.statusText, problem.field ?? null);
}

export const getJson = async (path, options) => (await ask(path, options)).json();

export async function postJson(path, body) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await ask(path, options)).json();
}

/** Health also has a body when it is bad (503). */
export async function getHealth() {
  const response = await fetch("/api/health", { cache: "no-store" }).catch((error) => {
    throw new ApiError(0, String(error));
  });
  return response.json();
}

export const clipUrl = (id) => `/api/events/${id}/clip`;

/** Why a clip does not play: "missing", "waiting", "broken" or "unreachable". */
export async function clipTrouble(id) {
  try {
    await ask(clipUrl(id), { headers: { Range: "bytes=0-0" } });
  } catch (error) {
    return { 0: "unreachable", 404: "missing" }[error.status] ?? "broken";
  }
  return "broken";
}
