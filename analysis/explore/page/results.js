// What is shown of an answer. Text goes in as text, never as markup.
const KIND_TITLES = { deprivation: "By quintile of deprivation", sex: "By sex", age: "By age when it starts" };
const KINDS = ["a", "b"], SPENT = "Spending", NEED_A_PRICE = ["policy_cost", "net_cost", "net_benefit"];

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Return by what sums of the simulated persons are multiplied, and for whom they then stand. */
function scaleOf({ header, wish }) {
  if (wish.represents) return { times: wish.represents / header.persons, of: `${inWords(wish.represents, 12)} people represented` };
  return { times: 1e5 / personsIn(header), of: `100${THIN_SPACE}000 people` };
}

function scaled(answer, name) {
  const { times } = scaleOf(answer);
  return [answer.value[name] * times, wholeError(answer, name) * times];
}

function told(answer, name) {
  return withInterval(...scaled(answer, name));
}

// In one sentence

function headline(answer, policy) {
  const { header } = answer, money = `${policy.currency} `;
  const first = `Of ${scaleOf(answer).of}, ${inWords(scaled(answer, "offered")[0])} are offered it and ${inWords(scaled(answer, "started")[0])} take part.`;
  const lives = header.horizon === "lifetime" ? ` ${horizonInWords(header)}` : "";
  const health = `It ${either(answer, "qalys_gained", "gains", "loses")} QALYs${lives}, and ${either(answer, "deaths", "prevents", "adds")} deaths by the end of ${header.start_year + header.years - 1}.`;
  if (!policy.money) return [first, health];
  if (!isPriced(answer, policy)) return [first, `${health} The policy has no costs yet: type them in to see what it costs.`];
  return [first, health, `It costs ${money}${told(answer, "policy_cost")}, ${either(answer, "care_cost_averted", "saves", "adds", money)} of health care, and so ${costPerQalyInWords(answer, policy)}.`];
}

/** Return the answer in a few words, for the foot of a small screen. */
function inShort(answers, policies) {
  const parts = answers.map((answer, k) => `${answers.length === 2 ? `${"AB"[k]}: ` : ""}${inWords(scaled(answer, "qalys_gained")[0])} QALYs${policies[k].money ? `, ${ratioShort(answer, policies[k])}` : ""}`);
  return parts.join("; ");
}

function ratioShort(answer, policy) {
  const { perQaly, value } = answer;
  if (!isPriced(answer, policy)) return "no costs yet";
  if (!Number.isFinite(perQaly.value)) return "none to divide the cost by";
  return value.net_cost < 0 ? "saves money" : `${policy.currency} ${inWords(perQaly.value, 2)} per QALY`;
}

/** Return a quantity after the verb for a gain, or the other for a loss. */
function either(answer, name, gain, loss, before = "") {
  const [value, error] = scaled(answer, name);
  return `${value < 0 ? loss : gain} ${before}${withInterval(Math.abs(value), error)}`;
}

function horizonInWords(header) {
  return header.horizon === "lifetime" ? "to the end of the lives of those who take part" : "to the end of the run";
}

/** Return whether a policy has a cost, of its scenario or typed in. */
function isPriced({ wish }, policy) {
  return policy.priced || Object.values(wish.cost).some((each) => each > 0);
}

function costPerQalyInWords(answer, policy) {
  const { value, error, fitted } = answer.perQaly;
  if (!Number.isFinite(value)) return "gains no QALY to divide its cost by";
  if (answer.value.net_cost < 0) return "saves more than it costs";
  return `costs ${policy.currency} ${withInterval(value, Math.hypot(error, fitted))} per QALY`;
}

// Tables and charts

function tableOf(caption, heads, rows) {
  const table = el("table", {}, el("caption", {}, caption));
  const cells = heads.map((head, at) => (head ? el("th", { scope: "col", ...(at ? { class: "n" } : {}) }, head) : el("td")));
  table.append(el("thead", {}, el("tr", {}, ...cells)));
  const body = el("tbody");
  for (const [first, ...others] of rows)
    body.append(el("tr", {}, el("th", { scope: "row" }, first), ...others.map((text) => el("td", { class: "n" }, text))));
  table.append(body);
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, table);
}

function optionHeads(answers) {
  return answers.length === 1 ? ["Answer (95 % interval)"] : ["Option A", "Option B", "A less B"];
}

function rowFor(answers, label, name) {
  const cells = answers.map((answer) => told(answer, name));
  if (answers.length === 2) cells.push(withInterval(...difference(answers, name)));
  return [label, ...cells];
}

/** Return the difference of two answers and its error: person by person where people are the same. */
function difference([a, b], name) {
  const [first, firstError] = scaled(a, name), [second, secondError] = scaled(b, name);
  const same = a.byPerson && !a.header.persons_in_all && a.header.people_key === b.header.people_key && a.wish.represents === b.wish.represents;
  if (!same) return [first - second, Math.hypot(firstError, secondError)];
  const place = a.place[name], count = a.names.length, people = a.header.people;
  let sum = 0, squares = 0, some = 0;
  for (let person = 0; person < people; person++) {
    const apart = a.byPerson[person * count + place] - b.byPerson[person * count + place];
    sum += apart;
    squares += apart * apart;
    if (apart !== 0) some += 1;
  }
  const error = known(Math.sqrt(Math.max(squares - (sum * sum) / people, 0)), sum, some);
  return [first - second, Math.hypot(error, a.fitted[name], b.fitted[name]) * scaleOf(a).times];
}

function outcomesShown(answers, quantities, width) {
  const events = quantities.filter((each) => each.event), others = quantities.filter((each) => ["life_years", "qalys_gained"].includes(each.name));
  const marks = (name) => answers.map((answer, k) => ({ value: scaled(answer, name)[0], error: scaled(answer, name)[1], kind: KINDS[k] }));
  const of = scaleOf(answers[0]).of;
  const chart = intervals(width, events.map((each) => ({ label: each.label, marks: marks(each.name) })), "Cases and deaths prevented, with 95 % intervals", `prevented within the run, per ${of}`);
  const rows = [...events, ...others].map((each) => rowFor(answers, each.label, each.name));
  return [legend(answers), chart, folded("As a table", tableOf(`Prevented or gained, for ${of}`, ["", ...optionHeads(answers)], rows))];
}

function legend(answers) {
  if (answers.length === 1) return el("p", { class: "legend" }, "Bars are 95 % Monte Carlo intervals; what the evidence leaves open is wider.");
  return el("p", { class: "legend" }, ...optionKeys("●"), "Bars are 95 % Monte Carlo intervals; what the evidence leaves open is wider.");
}

/** Return which mark stands for which option. */
function optionKeys(first) {
  return [el("span", { class: "key a" }, `${first} Option A`), " ", el("span", { class: "key b" }, "■ Option B"), " "];
}

function folded(summary, ...children) {
  return el("details", {}, el("summary", {}, summary), ...children);
}

function moneyShown(answers, policies) {
  const { currency } = policies[0];
  const rows = [["Intervention cost", "policy_cost"], ["Health-care savings", "care_cost_averted"], ["Net cost", "net_cost"], ["Incremental net monetary benefit", "net_benefit"], ["QALYs gained", "qalys_gained"]];
  const unknown = answers.some((answer, k) => !isPriced(answer, policies[k]));
  const cells = rows.map(([label, name]) => (unknown && NEED_A_PRICE.includes(name) ? [label, ...optionHeads(answers).map(() => "not known")] : rowFor(answers, label, name)));
  cells.push(["Cost per QALY", ...answers.map((answer) => (unknown ? "not known" : ratioInWords(answer))), ...(answers.length === 2 ? [""] : [])]);
  const [{ wish, header }] = answers;
  return [tableOf(`${currency}, discounted, ${horizonInWords(header)}, for ${scaleOf(answers[0]).of}; a QALY is worth ${currency} ${inWords(wish.threshold, 9)}`, ["", ...optionHeads(answers)], cells)];
}

function ratioInWords({ perQaly, value }) {
  if (!Number.isFinite(perQaly.value)) return "none gained";
  return value.net_cost < 0 ? "saves money" : withInterval(perQaly.value, Math.hypot(perQaly.error, perQaly.fitted));
}

function yearsShown(answers, policies, width) {
  const { header } = answers[0], labels = Array.from({ length: header.years }, (_, year) => header.start_year + year);
  const { money, currency } = policies[0], of = scaleOf(answers[0]).of;
  const told = answers.map((answer) => yearsOf(answer, money)), drawn = told.map((each) => each[money ? SPENT : "Starting"]);
  const power = !money ? 1 : Math.max(...drawn.flat()) >= 2e6 ? 1e6 : 1e3;
  const unit = money ? `${power === 1e6 ? "million" : "thousand"} ${currency} a year, not discounted, for ${of}` : `people who start in each year, of ${of}`;
  const chart = columns(width, labels, drawn.map((values, k) => ({ kind: KINDS[k], values: values.map((each) => each / power) })), money ? "Spending by year" : "People who start by year");
  const rows = labels.map((year, at) => [String(year), ...told.flatMap((each) => Object.values(each).map((values) => inWords(values[at])))]);
  const heads = told.flatMap((each, k) => Object.keys(each).map((head) => (answers.length === 2 ? `${head}, ${"AB"[k]}` : head)));
  const keys = answers.length === 2 ? optionKeys("■") : [];
  return [el("p", { class: "legend" }, ...keys, `In ${unit}.${money ? ` ${yearsInAndOut(answers)}` : ""}`), chart, folded("As a table", tableOf(`By year, for ${of}${money ? `; money in ${currency}, not discounted` : ""}`, ["Year", ...heads], rows))];
}

/** Say what the budget by year holds and what it leaves out. */
function yearsInAndOut(answers) {
  if (answers.every((answer) => answer.byYear)) return "Drawn is what the policy itself costs; the table has the health-care savings of each year too.";
  return "This is what the policy itself costs. Health-care savings are not in it: the page's table holds them as one sum over all years. By year they stand in budget_impact.csv of a run of the saved scenario.";
}

/** Return what is told of each year by the heads of its columns, for the people of the scale. */
function yearsOf(answer, money) {
  const { eligible, offered, started } = answer.years, { times } = scaleOf(answer);
  const found = { "Eligible on 1 January": eligible, Offered: offered, Starting: started };
  if (answer.byYear && money) {
    found[SPENT] = answer.byYear.spending;
    found["Health-care savings"] = answer.byYear.care_cost_averted;
    found["Net cost"] = answer.byYear.net_cost;
  } else if (money) found[SPENT] = spendingByYear(answer);
  return Object.fromEntries(Object.entries(found).map(([head, values]) => [head, Array.from(values, (each) => each * times)]));
}

function groupsShown(answers, quantity, width) {
  const first = answers[0].groups, shown = [];
  for (const kind of first.kinds) {
    const rows = kind.labels.map((label, at) => ({ label, marks: answers.map((answer, k) => groupMark(answer, kind.first + at, quantity.name, KINDS[k])) }));
    const name = `${KIND_TITLES[kind.name]}: ${quantity.label}`;
    const unit = `per 1${THIN_SPACE}000 people of the group`;
    const cells = rows.map((row) => [row.label, ...row.marks.map((mark) => withInterval(mark.value, mark.error))]);
    const heads = answers.length === 1 ? ["Answer (95 % interval)"] : ["Option A", "Option B"];
    shown.push(el("h3", {}, KIND_TITLES[kind.name]), intervals(width, rows, name, unit), folded("As a table", tableOf(`${name}, ${unit}`, ["", ...heads], cells)));
  }
  return shown;
}

function groupMark(answer, group, name, kind) {
  const given = answer.groups.told[group], times = 1000 / (answer.groups.people[group] || 1);
  return { value: given.value[name] * times, error: wholeError(given, name) * times, kind };
}
