// A guest's session begins when it is first needed, a customer's at /account; it is kept for the shop's other pages.
const memory = {};
function kept(name) {
  try { return JSON.parse(localStorage.getItem("minishop." + name)) ?? memory[name]; } catch { return memory[name]; }
}
function keep(name, value) {
  memory[name] = value;
  try { localStorage.setItem("minishop." + name, JSON.stringify(value)); } catch { /* not allowed here: this page alone knows */ }
}
function begin({ access_token: token, refresh_token: next, expires_in: seconds }, customer = false) {
  keep("session", { token, next, until: Date.now() + (seconds - 60) * 1000, customer });
  return token;
}
const isCustomer = () => Boolean(kept("session")?.customer);
async function renewed(refused) {
  const session = kept("session"); // another page may have renewed it meanwhile
  if (session && session.token !== refused && Date.now() < session.until) return session.token;
  if (session) {
    try {
      return begin(await send("POST", "/v1/auth/refresh", { body: { refresh_token: session.next } }), session.customer);
    } catch (error) {
      if (error.status !== 401) throw error;
    }
  }
  return begin(await send("POST", "/v1/auth/guest"));
}
let renewal = null;
const signedIn = refused => renewal ??= renewed(refused).finally(() => { renewal = null; });
async function mine(method, path, options) {
  const token = await signedIn();
  try {
    return await send(method, path, { ...options, token });
  } catch (error) {
    if (error.status !== 401) throw error;
  }
  return send(method, path, { ...options, token: await signedIn(token) });
}
