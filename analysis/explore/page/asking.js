// Asks the program that serves the page for tables of what its own tables do not hold.
const MOST_KEPT = 40, PATIENCE = 120; // tables; milliseconds after the last change
const GONE = "The program that served this page has ended, or is busy. What the table holds is still answered; minutes and adherence are fitted.";
const asking = { page: Math.random().toString(36).slice(2), fresh: new Map(), now: null };

/** Return the key of a table: what of an option its table depends on. */
function keyOf({ policy, wish }) {
  return JSON.stringify([policy, wish.adds, wish.adherence, wish.evidence || {}]);
}

function needsFresh({ policy, wish }) {
  return isFitted(page.policies[policy], wish) || Object.keys(wish.evidence || {}).length > 0;
}

/** Return the fresh table for an option, or null; asks for one that is missing. */
function freshFor(option) {
  if (!needsFresh(option)) return null;
  const key = keyOf(option), found = asking.fresh.get(key);
  if (!found || found.quick) askFor(option, key, !found);
  return found ? found.table : null;
}

/** Ask for a table soon: a quick one first, then one of as many persons as the page's own. */
function askFor(option, key, quick) {
  const mark = key + quick;
  if (asking.now && asking.now.mark === mark) return;
  if (asking.now) asking.now.stop.abort();
  const now = (asking.now = { mark, stop: new AbortController() });
  say("The program simulates what the table does not hold …");
  setTimeout(() => { if (asking.now === now) askNow(now, copied(option), key, quick); }, quick ? PATIENCE : 0);
}

async function askNow(now, option, key, quick) {
  try {
    const told = await sent("ask", { page: asking.page, policy: option.policy, quick, wish: forProgram(option) }, now.stop.signal);
    keep(key, { quick, table: tableFrom(told.header, await inflated(told.table)) });
  } catch (error) {
    // What was refused is not asked again: asking.now keeps it until there is another wish.
    if (asking.now === now) say(error.status ? error.message : GONE);
    return;
  }
  if (asking.now === now) asking.now = null;
  say("");
  asked();
}

function keep(key, found) {
  asking.fresh.delete(key);
  asking.fresh.set(key, found);
  if (asking.fresh.size > MOST_KEPT) asking.fresh.delete(asking.fresh.keys().next().value);
}

function forProgram({ wish }) {
  return { adds: wish.adds, adherence: wish.adherence, evidence: wish.evidence || {} };
}

async function sent(place, body, signal) {
  const options = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal } : {};
  const answer = await fetch(place, options), told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(told.said || answer.statusText), { status: answer.status });
  return told;
}

// Evidence

/** Read lines such as causal_share.dementia=0.5 into a wish. */
function readEvidence(node) {
  const found = {}, wrong = [];
  for (const line of node.value.split("\n").map((each) => each.trim()).filter(Boolean)) {
    const [path, value, ...rest] = line.split("=").map((each) => each.trim());
    if (path && value && !rest.length && Number.isFinite(Number(value))) found[path] = Number(value);
    else wrong.push(line.slice(0, 60));
  }
  document.getElementById("evidence-note").textContent = wrong.length ? `Not read: ${wrong.join("; ")}. One entry a line, such as causal_share.dementia=0.5` : "";
  return found;
}

function writtenEvidence(wish) {
  return Object.entries(wish.evidence || {}).map(([path, value]) => `${path}=${value}`).join("\n");
}

// Runs

async function runProperly() {
  const chosen = option(), whole = scenarioOf(page.policies[chosen.policy], chosen.wish);
  const parameters = { ...whole.parameters, ...(chosen.wish.evidence || {}) };
  const scenario = { name: whole.name, policies: whole.policies, parameters, represents: whole.population.represents };
  try {
    follow(await sent("run", { page: asking.page, policy: chosen.policy, scenario }));
  } catch (error) {
    say(error.message);
  }
}

async function follow(told) {
  document.getElementById("running").hidden = told.state === "none";
  document.getElementById("progress").value = told.percent;
  document.getElementById("running-said").textContent = { running: `Running ${told.name}: `, done: "Done: ", failed: "The run failed: " }[told.state] + told.said;
  const report = document.getElementById("report");
  report.hidden = told.state !== "done";
  report.href = "report";
  if (told.state !== "running") return;
  await new Promise((done) => setTimeout(done, 500));
  try {
    follow(await sent("run"));
  } catch {
    say("The program that served this page has ended.");
  }
}
