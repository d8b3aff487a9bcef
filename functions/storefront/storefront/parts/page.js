const AWAY = "The shop does not answer. Try again in a moment.";
class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail || AWAY);
    Object.assign(this, { status, code: problem.code, problem });
  }
}
const told = error => (error instanceof Refusal && error.status < 500 ? error.message : AWAY);
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
function money({ amount, currency }) {
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}
const day = date => new Date(date).toLocaleDateString(undefined, { dateStyle: "medium", timeZone: "UTC" });
async function send(method, path, { body, token, key } = {}) {
  const headers = {};
  if (body) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = "Bearer " + token;
  if (key) headers["Idempotency-Key"] = key;
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), referrerPolicy: "no-referrer" });
  if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => ({})));
  return answer.status === 200 || answer.status === 201 ? answer.json() : null;
}
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
}
