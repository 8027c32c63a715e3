// What a refused login, password or account is told as, in the page's language.

import { t } from "./texts.js";

const FIELDS = {
  name: "page.login.unfit.name",
  role: "page.login.unfit.role",
  password: "page.login.unfit.password",
  posts: "page.login.unfit.posts",
  subject: "page.login.unfit.subject",
};

export function loginProblem(error) {
  if (error.status === 0) return t("page.banner.unreachable");
  if (error.status === 401) return t("page.login.wrong");
  if (error.status === 409) return t("page.setup.done");
  if (error.status === 429) return t("page.login.throttled", { minutes: Math.ceil(error.waitS / 60) || 1 });
  const field = FIELDS[error.field === "new" ? "password" : error.field];
  return field ? t(field) : t("page.login.refused", { detail: error.message });
}
