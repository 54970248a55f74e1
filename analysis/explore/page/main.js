// The page: from inputs to an answer, and back from an address to the inputs.
const RESTED = 250; // milliseconds after the last change
const page = globalThis.exploration = { scenarioFile, wholeError, headline, tables: [], levels: [], policies: [], options: [], now: 0, fields: [], drawn: false };

async function begin() {
  page.facts = JSON.parse(document.getElementById("facts").textContent);
  page.policies = page.facts.policies;
  page.fields = fieldsOf(document);
  if (typeof DecompressionStream === "undefined")
    return say("This browser is too old to unpack the tables; any of 2023 or later can. The table below still stands.", "problem");
  try {
    await readTables();
  } catch (error) {
    return say(`This file is damaged: ${error.message}. The table below still stands.`, "problem");
  }
  document.documentElement.classList.add("ready");
  page.options = fromFragment(location.hash.slice(1), page.policies, page.fields);
  listen();
  showOption();
}

async function readTables() {
  for (const policy of page.policies) {
    const text = document.getElementById(`table-${policy.id}`).textContent;
    const table = tableFrom(policy.header, await inflated(text.trim()));
    page.tables.push(table);
    page.levels.push(policy.levels ? levelsFrom(policy.levels, await inflated(document.getElementById(`levels-${policy.id}`).textContent.trim()), table) : null);
  }
}

function option() {
  return page.options[page.now];
}

function say(text, place = "said") {
  document.getElementById(place).textContent = text;
  if (place === "problem") document.getElementById(place).hidden = !text;
}

// From inputs

function listen() {
  for (const field of page.fields) {
    field.input.addEventListener("change", () => typed(field));
    field.input.addEventListener("input", () => { if (field.input.validity.valid && field.input.value !== "") typed(field); });
    if (field.slider) field.slider.addEventListener("input", () => { field.input.value = field.slider.value; typed(field); });
  }
  on("sex", "change", (node) => { option().wish.sex = node.value; asked(); });
  on("policy", "change", (node) => { page.options[page.now] = { policy: Number(node.value), wish: copied(page.policies[Number(node.value)].own) }; showOption(); });
  on("of", "change", asked);
  for (const node of document.querySelectorAll("[data-list]")) node.addEventListener("change", () => listed(node));
  for (const node of document.querySelectorAll("[name=option]")) node.addEventListener("change", () => { page.now = Number(node.value); showOption(); });
  listenToButtons();
  window.addEventListener("resize", asked);
  window.addEventListener("hashchange", () => { page.options = fromFragment(location.hash.slice(1), page.policies, page.fields); page.now = 0; showOption(); });
}

function on(id, kind, act) {
  const node = document.getElementById(id);
  if (node) node.addEventListener(kind, () => act(node));
}

function listenToButtons() {
  on("beside", "click", () => { page.options = page.options.length === 2 ? [page.options[0]] : [page.options[0], copied(page.options[0])]; page.now = page.options.length - 1; showOption(); });
  on("back", "click", () => { option().wish = copied(page.policies[option().policy].own); showOption(); });
  on("link", "click", copyLink);
  on("yaml", "click", saveScenario);
  on("print", "click", () => window.print());
  on("proper", "click", () => runProperly());
  on("evidence", "change", (node) => { option().wish.evidence = readEvidence(node); asked(); });
}

function typed(field) {
  const before = valueAt(option().wish, field.key), shownBefore = before === null ? null : before * field.scale;
  const unread = field.input.validity.badInput ? "what was typed" : field.input.value;
  const { shown, said } = held(field, unread, shownBefore);
  field.note.textContent = said;
  field.input.setAttribute("aria-invalid", said ? "true" : "false");
  if (said) field.input.value = shown === null ? "" : shortest(shown);
  setAt(option().wish, field.key, shown === null ? null : shown / field.scale);
  const more = fitted(option().wish, page.policies[option().policy].header);
  if (more.length) { say(more.join(" ")); showFields(); } else say(said);
  if (field.slider && shown !== null) field.slider.value = shown;
  asked();
}

function shortest(number) {
  return String(Number(number.toPrecision(9)));
}

function listed(node) {
  const name = node.dataset.list, boxes = [...document.querySelectorAll(`[data-list=${name}]`)];
  const chosen = boxes.filter((box) => box.checked).map((box) => (name === "deprivation" ? Number(box.value) : box.value));
  if (name === "deprivation" && !chosen.length) {
    node.checked = true;
    return say("At least one quintile must be offered it.");
  }
  option().wish[name] = chosen;
  asked();
}

// To inputs

function showOption() {
  const chosen = option(), two = page.options.length === 2;
  document.getElementById("options").hidden = !two;
  document.getElementById("beside").textContent = two ? "Leave option A alone" : "Put a second option beside it";
  for (const node of document.querySelectorAll("[name=option]")) node.checked = Number(node.value) === page.now;
  const policies = document.getElementById("policy");
  if (policies) policies.value = String(chosen.policy);
  document.getElementById("sex").value = chosen.wish.sex;
  for (const box of document.querySelectorAll("[data-list]")) box.checked = chosen.wish[box.dataset.list].map(String).includes(box.value);
  for (const field of page.fields) field.note.textContent = "";
  const evidence = document.getElementById("evidence");
  if (evidence) evidence.value = writtenEvidence(chosen.wish);
  showFields();
  asked();
}

function showFields() {
  const { wish, policy } = option(), known = page.policies[policy];
  for (const field of page.fields) {
    const value = valueAt(wish, field.key), absent = value === null && !field.nullable;
    const off = absent || ("fitted" in field.input.dataset && !canChange(known, field.key));
    field.input.disabled = off;
    field.input.closest(".field").hidden = off;
    field.input.value = value === null ? "" : shortest(value * field.scale);
    field.input.setAttribute("aria-invalid", "false");
    setLimits(field, known);
    if (field.slider) { field.slider.disabled = off; field.slider.value = value * field.scale; }
  }
  for (const group of document.querySelectorAll("fieldset[data-group]")) group.hidden = ![...group.querySelectorAll(".field")].some((each) => !each.hidden);
}

/** Return whether minutes or adherence of a policy can be asked for. */
function canChange(policy, key) {
  if (page.facts.server) return true;
  if (!policy.fit) return false;
  return key.startsWith("adds.") ? policy.fit.minutes !== null && policy.fit.most[key] !== undefined : policy.fit.adherence.some((each) => each.key === key);
}

function setLimits(field, policy) {
  const limits = (policy.limits || {})[field.key];
  if (!limits || page.facts.server) return;
  [field.least, field.most] = limits;
  for (const node of [field.input, field.slider].filter(Boolean)) [node.min, node.max] = limits.map(shortest);
}

// Answers

function asked() {
  if (page.waiting) return;
  page.waiting = requestAnimationFrame(() => { page.waiting = 0; show(); });
}

function show() {
  // Widths are read before anything is written, so that the browser lays out once.
  const began = performance.now(), of = document.getElementById("of").value, width = widthOf("outcomes");
  const two = page.options.length === 2;
  const answers = page.options.map((each) => answerTo(each, of, two));
  const policies = page.options.map((each) => page.policies[each.policy]);
  page.answers = answers;
  fill("answer", headlines(answers, policies).map((text, at) => el("p", at === 0 || (answers.length === 2 && at === 2) ? { class: "first" } : {}, text)));
  fill("outcomes", outcomesShown(answers, page.facts.quantities, width));
  if (policies[0].money) fill("money-shown", moneyShown(answers, policies));
  fill("years", yearsShown(answers, policies, width));
  const quantity = page.facts.quantities.find((each) => each.name === of);
  fill("groups", groupsShown(answers, quantity, width));
  say(shownInWords(answers, policies), "shown");
  say(inShort(answers, policies), "short");
  say(askedInWords(), "asked-for");
  remember();
  page.took = performance.now() - began;
  document.documentElement.dataset.answers = String(Number(document.documentElement.dataset.answers || 0) + 1);
}

/** Answer an option from the page's table, or as the program has simulated it. */
function answerTo(option, of, keep) {
  const { policy, wish } = option, fresh = page.facts.server ? freshFor(option) : null;
  const found = answeredByTable(policy, wish, of, keep);
  return fresh ? answeredByRun(found, fresh) : found;
}

function answeredByTable(policy, wish, of, keep) {
  return answered(page.tables[policy], wish, { fit: fitFor(page.policies[policy], wish, page.tables[policy], page.levels[policy]), of, keep });
}

function headlines(answers, policies) {
  if (answers.length === 1) return headline(answers[0], policies[0]);
  return answers.flatMap((answer, k) => [`Option ${"AB"[k]}, ${policies[k].title}`, headline(answer, policies[k]).join(" ")]);
}

function widthOf(id) {
  return Math.max(280, Math.min(document.getElementById(id).clientWidth, 900));
}

/** Replace what a place holds; what was unfolded stays so. */
function fill(id, nodes) {
  const place = document.getElementById(id), open = [...place.querySelectorAll("details")].map((each) => each.open);
  place.replaceChildren(...nodes);
  place.querySelectorAll("details").forEach((each, at) => (each.open = Boolean(open[at])));
}

function shownInWords(answers, policies) {
  return answers.map((answer, k) => {
    const { header, fit } = answer, mark = answers.length === 2 ? `Option ${"AB"[k]}: ` : "";
    if (answer.fresh) return `${mark}${mark ? "simulated" : "Simulated"} just now: a run of this policy among ${inWords(answer.run.persons, 9)} persons (seed ${answer.run.seed}). Who is offered it and starts, and shares of groups, are the table's.`;
    const people = `${mark}${mark ? "from" : "From"} the table of ${inWords(header.persons, 9)} simulated persons (seed ${policies[k].seed})${header.persons_in_all ? `, in ${inWords(header.people, 9)} cells` : ""}`;
    if (!fit) return `${people}, with minutes and adherence as they were simulated.`;
    const error = answer.fitted.qalys_gained / Math.abs(answer.value.qalys_gained);
    const how = fit.levels ? `interpolated between tables at ${fit.levels} levels` : "fitted";
    return `${people}; minutes and adherence are ${how}, with a standard error of ${inWords(100 * error, 2)} % of the QALYs, counted in the intervals.`;
  }).join(" ");
}

/** Return the settings in words, for paper. */
function askedInWords() {
  return page.options.map(({ wish }, k) => {
    const mark = page.options.length === 2 ? `Option ${"AB"[k]}: ` : "Asked: ";
    const parts = page.fields.filter((field) => valueAt(wish, field.key) !== null).map((field) => `${field.label} ${shortest(valueAt(wish, field.key) * field.scale)}`);
    return `${mark}${parts.join("; ")}; sex ${wish.sex}; quintiles ${wish.deprivation.join(", ")}${wish.diseases.length ? `; with ${wish.diseases.join(", ")}` : ""}.`;
  }).join(" ");
}

// Kept and saved

/** Keep the settings in the address once they rest: browsers bound how often it may be changed. */
function remember() {
  clearTimeout(page.remembering);
  page.remembering = setTimeout(keepInAddress, RESTED);
}

function keepInAddress() {
  clearTimeout(page.remembering);
  const words = toFragment(page.options, page.policies, page.fields.map((field) => field.key));
  history.replaceState(null, "", words ? `#${words}` : location.pathname + location.search);
}

async function copyLink() {
  keepInAddress();
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link is copied; it holds all settings.");
  } catch {
    say("The address of this page holds all settings: copy it from the address line.");
  }
}

/** Return the name and the text of the scenario file that the settings stand for. */
function scenarioFile() {
  const { policy, wish } = option(), known = page.policies[policy], scenario = scenarioOf(known, wish);
  if (wish.evidence) scenario.parameters = { ...scenario.parameters, ...wish.evidence };
  return [`${scenario.name}.yaml`, `# Saved by the page of ${known.scenario.name}. Run it: python run.py FILE\n${yamlOf(scenario)}`];
}

function saveScenario() {
  const [name, text] = scenarioFile();
  const link = el("a", { href: URL.createObjectURL(new Blob([text], { type: "application/yaml" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  say(`${name} is saved.`);
}

begin();
