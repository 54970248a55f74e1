// Asks the program that serves the page for runs of what its tables do not hold.
const MOST_KEPT = 40, PATIENCE = 60; // runs; milliseconds after the last change
const GONE = "The program that served this page has ended, or is busy. What the table holds is still answered; minutes and adherence are fitted.";
const asking = { page: Math.random().toString(36).slice(2), fresh: new Map(), now: null };

/** Return the key of a run: all that an option says. */
function keyOf({ policy, wish }) {
  return JSON.stringify([policy, wish]);
}

function needsFresh({ policy, wish }) {
  return isFitted(page.policies[policy], wish) || Object.keys(wish.evidence || {}).length > 0;
}

/** Return what a run told of an option, or null; asks for one that is missing. */
function freshFor(option) {
  if (!needsFresh(option)) return null;
  const key = keyOf(option), found = asking.fresh.get(key);
  if (!found) askFor(option, key);
  return found || null;
}

function askFor(option, key) {
  if (asking.now && asking.now.key === key) return;
  if (asking.now) asking.now.stop.abort();
  const now = (asking.now = { key, stop: new AbortController() });
  say("The program simulates what the table does not hold …");
  setTimeout(() => { if (asking.now === now) askNow(now, copied(option), key); }, PATIENCE);
}

async function askNow(now, option, key) {
  try {
    keep(key, await sent("ask", { page: asking.page, policy: option.policy, wish: { evidence: {}, ...option.wish } }, now.stop.signal));
  } catch (error) {
    // What was refused is not asked again: asking.now keeps it until there is another wish.
    if (asking.now === now) say(error.status ? error.message : GONE);
    return;
  }
  if (asking.now === now) asking.now = null;
  say("");
  asked();
}

/**
 * Return the answer of the page's table with what a run told in the place of its own. Who is
 * eligible, offered it and starts hangs on neither minutes nor adherence: that stays the table's;
 * groups of people keep their shares of the whole.
 */
function answeredByRun(answer, run) {
  const scale = answer.wish.represents ? answer.header.persons / run.persons : personsIn(answer.header) / run.people;
  const value = { ...answer.value }, error = { ...answer.error }, fitted = Object.fromEntries(Object.keys(value).map((name) => [name, 0]));
  for (const name of Object.keys(run.value)) {
    value[name] = finite(run.value[name]) * scale;
    error[name] = finite(run.error[name]) * scale;
  }
  const byYear = Object.fromEntries(Object.entries(run.by_year).map(([name, all]) => [name, all.map((each) => finite(each) * (answer.header.persons / run.persons))]));
  const [ratio, ratioError] = run.cost_per_qaly.map(finite);
  return { ...answer, value, error, fitted, byYear, byPerson: null, run, fresh: true,
    perQaly: { value: ratio, error: ratioError, fitted: 0 }, groups: sharedOut(answer, value) };
}

/** Return groups with their shares of what a run told of all. */
function sharedOut({ groups, of, value }, told) {
  const times = told[of] / value[of];
  const whole = groups.told.map((each) => {
    const by = (part) => ({ [of]: part[of] * times });
    return { value: by(each.value), error: by(each.error), fitted: by(each.fitted) };
  });
  return { ...groups, told: whole };
}

function finite(number) {
  return number === null ? NaN : number;
}

function keep(key, found) {
  asking.fresh.delete(key);
  asking.fresh.set(key, found);
  if (asking.fresh.size > MOST_KEPT) asking.fresh.delete(asking.fresh.keys().next().value);
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
    say(error.status ? error.message : GONE);
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
