// What is asked: wishes read from and written to the inputs, the address and a YAML file.

/** Return the fields of the page: one for each number, as its input describes it. */
function fieldsOf(root) {
  return [...root.querySelectorAll("input[type=number][data-key]")].map((input) => ({
    input, key: input.dataset.key, slider: root.getElementById(`${input.id}-slider`),
    note: root.getElementById(`${input.id}-note`), least: Number(input.min), most: Number(input.max),
    step: Number(input.step), scale: Number(input.dataset.scale), nullable: "nullable" in input.dataset,
    label: input.dataset.label,
  }));
}

function valueAt(wish, key) {
  return key.split(".").reduce((part, name) => (part === null || part === undefined ? null : part[name]), wish);
}

function setAt(wish, key, value) {
  const names = key.split("."), last = names.pop();
  const part = names.reduce((found, name) => found && found[name], wish);
  if (part) part[last] = value;
}

/**
 * Hold a typed number within its limits: { shown, said }. Said is empty where nothing was changed;
 * shown is null where a field may be empty and is.
 */
function held(field, text, before) {
  const typed = text.trim().replace(",", ".");
  if (typed === "" && field.nullable) return { shown: null, said: "" };
  const number = typed === "" ? NaN : Number(typed);
  if (!Number.isFinite(number)) {
    return { shown: before, said: `${typed ? `“${typed.slice(0, 20)}”` : "Nothing"} is not a number: ${field.label} stays as it was.` };
  }
  const within = Math.min(Math.max(number, field.least), field.most);
  if (within !== number) return { shown: within, said: `${field.label}: ${typed.slice(0, 20)} is out of range; held at ${within} (${field.least} to ${field.most}).` };
  return { shown: number, said: "" };
}

/** Return the number of a list nearest to a wanted one. */
function nearest(list, wanted) {
  return list.reduce((best, each) => (Math.abs(each - wanted) < Math.abs(best - wanted) ? each : best));
}

/** Bring a wish to what the table can answer, and return what is said of the changes. */
function fitted(wish, header) {
  const said = [];
  for (const [key, list] of [["met_hours_below", header.doses], ["bmi_above", header.bmis]]) {
    if (wish[key] === null || list.includes(wish[key])) continue;
    const near = nearest(list, wish[key]);
    said.push(`${wish[key]} is between two steps of the table; ${near} is taken.`);
    wish[key] = near;
  }
  for (const key of ["start"]) {
    const whole = Math.min(Math.max(Math.round(wish[key]), header.starts[0]), header.starts.at(-1));
    if (whole !== wish[key]) said.push(`${wish[key]} is no year of a start in this table; ${whole} is taken.`);
    wish[key] = whole;
  }
  if (wish.cost.fixed_per_year > 0 && !wish.represents)
    said.push("Fixed costs are left out until the number of people represented is given.");
  wish.ages = wish.ages.map(Math.round);
  if (wish.ages[1] <= wish.ages[0]) {
    wish.ages[1] = wish.ages[0] + 1;
    said.push(`The upper age must lie above the lower; ${wish.ages[1]} is taken.`);
  }
  return said;
}

function copied(wish) {
  return JSON.parse(JSON.stringify(wish));
}

// The address

const LISTS = ["deprivation", "diseases"], WORDS = { sex: ["both", "female", "male"] };

/** Return the settings that differ from the policy as it stands, as words of an address. */
function toFragment(options, policies, keys) {
  const words = new URLSearchParams();
  options.forEach((option, at) => {
    const mark = at === 0 ? "" : "b.";
    if (at > 0 || option.policy !== 0) words.set(`${mark}policy`, policies[option.policy].id);
    const own = policies[option.policy].own;
    for (const key of [...keys, ...LISTS, ...Object.keys(WORDS)]) {
      const now = valueAt(option.wish, key), before = valueAt(own, key);
      if (JSON.stringify(now) !== JSON.stringify(before)) words.set(mark + key, now === null ? "" : String(now));
    }
  });
  return words.toString();
}

/** Return the options that an address stands for; what it cannot stand for is left as it is. */
function fromFragment(text, policies, fields) {
  const words = new URLSearchParams(text);
  const options = [optionFrom(words, "", policies, fields)];
  if (words.has("b.policy")) options.push(optionFrom(words, "b.", policies, fields));
  return options;
}

function optionFrom(words, mark, policies, fields) {
  const named = policies.findIndex((each) => each.id === words.get(`${mark}policy`));
  const policy = Math.max(named, 0), wish = copied(policies[policy].own);
  for (const field of fields) {
    const text = words.get(mark + field.key), before = valueAt(wish, field.key);
    if (text === null || (before === null && !field.nullable)) continue;
    if (text === "" && field.nullable) { setAt(wish, field.key, null); continue; }
    const number = text.trim() === "" ? NaN : Number(text) * field.scale;
    if (Number.isFinite(number)) setAt(wish, field.key, Math.min(Math.max(number, field.least), field.most) / field.scale);
  }
  for (const [key, allowed] of Object.entries(WORDS)) if (allowed.includes(words.get(mark + key))) wish[key] = words.get(mark + key);
  readLists(words, mark, wish, policies[policy].header);
  fitted(wish, policies[policy].header);
  return { policy, wish };
}

function readLists(words, mark, wish, header) {
  const fifths = (words.get(`${mark}deprivation`) || "").split(",").map(Number).filter((each) => [1, 2, 3, 4, 5].includes(each));
  if (fifths.length) wish.deprivation = [...new Set(fifths)].sort();
  const named = words.get(`${mark}diseases`);
  if (named !== null && !header.persons_in_all) wish.diseases = header.diseases.filter((each) => named.split(",").includes(each));
}

// The scenario file

/** Return the scenario that a wish stands for, in the vocabulary of scenario files. */
function scenarioOf(policy, wish) {
  const scenario = copied(policy.scenario), found = scenario.policies[0], own = policy.own;
  const changed = (key) => JSON.stringify(valueAt(wish, key)) !== JSON.stringify(valueAt(own, key));
  scenario.name = `${scenario.name}_explored`.slice(0, 64);
  for (const key of ["reach", "uptake", "ramp_years", "start"]) if (changed(key)) found[key] = wish[key];
  for (const key of ["sex", "met_hours_below", "bmi_above", "ages"]) if (changed(key)) found.eligible[key] = wish[key];
  if (changed("deprivation")) found.eligible.deprivation = wish.deprivation.length === 5 ? null : wish.deprivation;
  if (changed("diseases")) found.eligible.diseases = wish.diseases.length ? wish.diseases : null;
  for (const mode of Object.keys(wish.adds)) if (changed(`adds.${mode}`)) found.adds[mode] = wish.adds[mode];
  if (wish.adherence) for (const key of Object.keys(wish.adherence)) if (changed(`adherence.${key}`)) found.adherence[key] = wish.adherence[key];
  if (changed("cost")) found.cost = { currency: policy.currency, ...(found.cost || {}), ...changedCosts(wish, own) };
  if (found.cost) { found.cost.budget_per_year = null; found.cost.capacity_per_year = null; }
  if (changed("represents")) scenario.population.represents = wish.represents;
  if (changed("threshold")) scenario.parameters = { ...scenario.parameters, "economics.willingness_to_pay": wish.threshold };
  return scenario;
}

function changedCosts(wish, own) {
  return Object.fromEntries(Object.entries(wish.cost).filter(([name, value]) => value !== own.cost[name]));
}

/** Return plain data as YAML: blocks for mappings and lists of mappings, quoted text. */
function yamlOf(value, indent = "") {
  const isMap = (each) => each !== null && typeof each === "object" && !Array.isArray(each);
  return Object.entries(value).map(([key, each]) => {
    const name = /^[A-Za-z_][\w.]*$/.test(key) ? key : /^[\d.]+$/.test(key) ? key : JSON.stringify(key);
    if (Array.isArray(each) && each.some(isMap))
      return `${indent}${name}:\n` + each.map((item) => yamlOf(item, `${indent}    `).replace(`${indent}    `, `${indent}  - `)).join("");
    if (isMap(each)) return Object.keys(each).length ? `${indent}${name}:\n${yamlOf(each, `${indent}  `)}` : `${indent}${name}: {}\n`;
    return `${indent}${name}: ${JSON.stringify(each)}\n`;
  }).join("");
}
