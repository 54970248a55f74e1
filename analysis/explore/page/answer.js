// The answer to a wish: sums over persons with their Monte Carlo errors, as abm/results/answer.py.
const FEWEST_CONTRIBUTING = 30; // as abm/results/claims.py
const DERIVED = ["offered", "started", "policy_cost", "net_cost", "net_benefit"];

/**
 * Return what a policy is expected to do, for the simulated persons.
 *
 * wish: who (ages, sex, met_hours_below, bmi_above, deprivation, diseases), reach, uptake,
 * ramp_years, start, end, cost, threshold, represents. fit: { factors by start, band of age
 * and quantity, bands, errors: relative errors by quantity }, or null for the policy's own minutes and adherence. of: the
 * quantity that groups are told of. With keep, byPerson has what each person gives.
 */
function answered(table, wish, { fit = null, of = "qalys_gained", keep = false } = {}) {
  const header = table.header, names = [...header.quantities, ...DERIVED];
  const money = moneyFor(table, wish), years = yearsFor(header);
  const told = new Float64Array(names.length);
  const place = Object.fromEntries(names.map((name, at) => [name, at]));
  const sums = newSums(names.length), groups = groupsOf(table, wish);
  const byPerson = keep ? new Float64Array(header.people * names.length) : null, chosen = place[of];
  forAllAsked(table, wish, wish.cost.per_resident_year > 0, (person, starts) => {
    tell(table, person, starts, fit, told, years);
    price(money, person, starts, told, place, startedIn(table, person, starts, years));
    const second = table.members ? secondMoments(table, person, told, fit, years, money, place) : null;
    addTo(sums, told, place, second, membersOf(table, person));
    for (const kind of groups.kinds) addOne(groups.sums[kind.of[person]], told[chosen], second ? second.squares[chosen] : told[chosen] ** 2, membersOf(table, person));
    if (keep) byPerson.set(told, person * names.length);
  });
  return finished({ header, wish, fit, names, place, money, years, sums, groups, of, byPerson });
}

// What one person gives

/** Set told to what the table tells of a person, by when they may start. */
function tell(table, person, starts, fit, told, years) {
  const { header, effects, units } = table, count = header.quantities.length, number = header.starts.length;
  told.fill(0);
  spreadOver(table, person, starts, years.weights);
  for (let s = 0; s < number; s++) {
    const weight = years.weights[s];
    if (weight === 0) continue;
    const from = (person * number + s) * count;
    const factors = fit ? fit.factors[s][bandOf(table, person, header.starts[s], fit.bands)] : null;
    for (let q = 0; q < count; q++) {
      const given = weight * effects[from + q] * units[s * count + q];
      told[q] += factors ? given * factors[q] : given;
    }
    const served = header.delivered, delivered = weight * effects[from + served] * units[s * count + served];
    years.delivered[s] += factors ? delivered * factors[served] : delivered;
  }
}

/** Set how much each start counts that the table knows; between two, effects are on a line. */
function spreadOver(table, person, starts, weights) {
  const header = table.header, first = header.start_year, last = header.starts.at(-1) - first;
  weights.fill(0);
  let after = 0;
  for (let year = 0; year <= last; year++) {
    while (header.starts[after] - first < year) after += 1;
    let weight = starts.early[year] + (year > 0 ? starts.late[year - 1] : 0);
    if (year === last) weight += starts.late[year];
    if (weight === 0) continue;
    const before = Math.max(after - 1, 0), line = table.entry[person] <= header.starts[before] - first ? before : after;
    const gap = line + 1 < weights.length ? header.starts[line + 1] - header.starts[line] : 0;
    const share = gap ? (year + first - header.starts[line]) / gap : 0;
    weights[line] += weight * (1 - share);
    if (share) weights[line + 1] += weight * share;
  }
}

/** Return the band of ages in which a person is in a year; bands are given by their first ages. */
function bandOf(table, person, year, bands) {
  const age = table.age[person] + year - table.header.start_year - table.entry[person];
  let band = 0;
  while (band + 1 < bands.length && age >= bands[band + 1]) band += 1;
  return band;
}

/** Add a person to the years, and return the years in which they may start: [discounted, plain]. */
function startedIn(table, person, starts, years) {
  let discounted = 0, plain = 0;
  for (let year = 0; year < years.worth.length; year++) {
    if (starts.eligible[year] === 0) continue;
    const living = livingIn(table, person, year), after = Math.min(year + 1, years.worth.length - 1);
    const next = after === year ? living : year < table.last[person] ? livingIn(table, person, after) : 0;
    const started = starts.early[year] * living + starts.late[year] * next;
    years.eligible[year] += starts.eligible[year] * living;
    years.offered[year] += starts.offered[year] * living;
    years.started[year] += started;
    discounted += started * years.worth[year];
    plain += started;
  }
  return [discounted, plain];
}

/** Set the derived quantities of a person. */
function price(money, person, starts, told, place, [startedWorth, started]) {
  const { cost, worth, threshold } = money;
  let offered = 0, offeredWorth = 0;
  for (let year = 0; year < worth.length; year++) {
    const now = starts.offered[year] && starts.offered[year] * livingIn(money.table, person, year);
    offered += now;
    offeredWorth += now * worth[year];
  }
  const spent = offeredWorth * cost.per_person_offered + startedWorth * cost.per_participant +
    told[place.delivered_years] * cost.per_participant_year +
    residentYears(money, person, told[place.resident_years]) * cost.per_resident_year;
  told[place.offered] = offered;
  told[place.started] = started;
  told[place.policy_cost] = spent;
  told[place.net_cost] = spent - told[place.care_cost_averted];
  told[place.net_benefit] = threshold * told[place.qalys_gained] - told[place.net_cost];
}

// Money and years

function moneyFor(table, wish) {
  const header = table.header, worth = worthByYear(header);
  const window = [wish.start - header.start_year, yearAfter(wish, header)];
  return { table, cost: wish.cost, threshold: wish.threshold, worth, window, fifths: bitsOf(wish.deprivation) };
}

/** Return what a payment in the middle of each year is worth at the start of the run. */
function worthByYear(header) {
  return Float64Array.from({ length: header.years }, (_, year) => Math.exp(-header.cost_rate * (year + 0.5)));
}

/** Return the discounted years for which a person lives in the policy's place while it runs. */
function residentYears(money, person, longer) {
  const { table, window, worth } = money;
  if (money.cost.per_resident_year === 0 || !((money.fifths >> table.fifth[person]) & 1)) return 0;
  if (table.living) return residentsOf(money, person) + longer;
  const died = table.died[person] === 0 ? Infinity : table.died[person] / table.header.times_per_year;
  const from = Math.max(table.entry[person], window[0]), until = Math.min(died, window[1]);
  return Math.max(worthUntil(worth, until) - worthUntil(worth, from), 0) + longer;
}

/** Return the discounted years that the people of a cell live there in the baseline while it runs. */
function residentsOf({ table, window, worth }, cell) {
  let found = 0;
  for (let year = Math.max(window[0], 0); year < window[1]; year++) {
    const after = Math.min(year + 1, table.header.years - 1);
    found += (worth[year] * (livingIn(table, cell, year) + livingIn(table, cell, after))) / 2;
  }
  return found;
}

function worthUntil(worth, time) {
  let found = 0;
  for (let year = 0; year < time; year++) found += worth[year] * Math.min(time - year, 1);
  return found;
}

function yearsFor(header) {
  const room = () => new Float64Array(header.years);
  return { worth: worthByYear(header), eligible: room(), offered: room(), started: room(),
    delivered: new Float64Array(header.starts.length), weights: new Float64Array(header.starts.length) };
}

/** Return what a policy spends in each year of the run, not discounted. */
function spendingByYear(answer) {
  const { header, wish, years, money } = answer, cost = wish.cost;
  const served = servedByYear(header, years);
  const simulated = wish.represents ? header.persons / wish.represents : 0;
  return Array.from(years.offered, (offered, year) => {
    const runs = year >= money.window[0] && year < money.window[1];
    const fixed = runs ? cost.fixed_per_year * simulated : 0;
    return offered * cost.per_person_offered + years.started[year] * cost.per_participant +
      served[year] * cost.per_participant_year + fixed +
      (runs && cost.per_resident_year > 0 ? residentsIn(money, year) * cost.per_resident_year : 0);
  });
}

/** Spread the years delivered, known by start, over the years in which they are delivered. */
function servedByYear(header, years) {
  const found = new Float64Array(header.years), shares = header.delivery_by_year;
  years.delivered.forEach((discounted, s) => {
    const begins = header.starts[s] - header.start_year;
    const worth = shares.reduce((sum, share, k) => sum + share * Math.exp(-header.cost_rate * (begins + k + 0.5)), 0);
    for (let k = 0; begins + k < header.years; k++) found[begins + k] += ((shares[k] || 0) * discounted) / worth;
  });
  return found;
}

/** Return how many live in the policy's place in a year of the baseline. */
function residentsIn(money, year) {
  const table = money.table;
  let found = 0;
  for (let person = 0; person < table.header.people; person++) {
    const there = table.entry[person] <= year && table.last[person] >= year;
    if (there && (money.fifths >> table.fifth[person]) & 1) found += livingIn(table, person, year);
  }
  return found;
}

// Sums and groups

function newSums(count) {
  const room = () => new Float64Array(count);
  return { value: room(), squares: room(), contributing: room(), cross: 0 };
}

/** Add what a person, or a cell of so many, gives; of a cell the squares are told apart. */
function addTo(sums, told, place, second, members) {
  for (let q = 0; q < told.length; q++) {
    sums.value[q] += told[q];
    sums.squares[q] += second ? second.squares[q] : told[q] * told[q];
    if (told[q] !== 0) sums.contributing[q] += members;
  }
  sums.cross += second ? second.cross : told[place.net_cost] * told[place.qalys_gained];
}

/** Add what a person or cell gives of the one quantity of a group. */
function addOne(sums, given, square, members) {
  sums.value[0] += given;
  sums.squares[0] += square;
  if (given !== 0) sums.contributing[0] += members;
}

/** Return the groups of which the page tells, and room for their sums. */
function groupsOf(table, wish) {
  const known = keptOr(table.groups, wish.start, () => groupsAt(table, wish));
  return { ...known, sums: Array.from(known.people, () => newSums(1)) };
}

/** Return groups by quintile, sex and age at the policy's start, and how many are in each. */
function groupsAt(table, wish) {
  const header = table.header, since = wish.start - header.start_year;
  const age = (person) => table.age[person] + Math.max(since - table.entry[person], 0);
  const band = (person) => Math.min(Math.max(Math.floor(age(person) / 10) - 2, 0), header.age_bands.length - 1);
  const kinds = [
    groupKind("deprivation", header.fifth_labels, header.people, (person) => table.fifth[person] - 1),
    groupKind("sex", header.sexes, header.people, (person) => table.sex[person]),
    groupKind("age", header.age_bands, header.people, band),
  ];
  let first = 0;
  for (const kind of kinds) {
    kind.first = first;
    kind.of.forEach((_, person) => (kind.of[person] += first));
    first += kind.labels.length;
  }
  const people = new Float64Array(first);
  for (const kind of kinds) kind.of.forEach((group, person) => (people[group] += membersOf(table, person)));
  return { kinds, people };
}

function groupKind(name, labels, people, of) {
  return { name, labels, of: Uint16Array.from({ length: people }, (_, person) => of(person)) };
}

// The end

function finished(work) {
  const { header, wish, money, place, sums } = work;
  const simulated = wish.represents ? header.persons / wish.represents : 0;
  let fixed = 0;
  for (let year = Math.max(money.window[0], 0); year < money.window[1]; year++)
    fixed += wish.cost.fixed_per_year * money.worth[year] * simulated;
  const found = { ...work, ...valuesAndErrors(work.names, sums, personsIn(header)) };
  found.value.policy_cost += fixed;
  found.value.net_cost += fixed;
  found.value.net_benefit -= fixed;
  found.fitted = fittedErrors(found);
  found.perQaly = costPerQaly(found, place);
  const share = found.fitted[work.of] / Math.abs(found.value[work.of]) || 0;
  found.groups.told = found.groups.sums.map((each) => {
    const given = valuesAndErrors([work.of], each, personsIn(header));
    return { ...given, fitted: { [work.of]: Math.abs(given.value[work.of]) * share } };
  });
  return found;
}

/** Return sums and their Monte Carlo errors by name; NaN where an error is unknown. */
function valuesAndErrors(names, sums, people) {
  const value = {}, error = {};
  names.forEach((name, q) => {
    const spread = Math.sqrt(Math.max(sums.squares[q] - sums.value[q] ** 2 / people, 0));
    value[name] = sums.value[q];
    error[name] = known(spread, sums.value[q], sums.contributing[q]);
  });
  return { value, error };
}

function known(error, value, contributing) {
  const something = contributing > 0 || value !== 0;
  return something && (contributing < FEWEST_CONTRIBUTING || error === 0) ? NaN : error;
}

/** Return what a fit of minutes and adherence, and cells, add to each error; none without them. */
function fittedErrors({ fit, header, wish, value }) {
  const found = Object.fromEntries(Object.keys(value).map((name) => [name, 0])), cells = header.cell_errors;
  if (!fit && !cells) return found;
  header.quantities.forEach((name, q) => (found[name] = Math.abs(value[name]) * Math.hypot(fit ? fit.errors[q] : 0, cells ? cells[q] : 0)));
  // Who is offered it and starts in cells is as wrong as years of taking part.
  for (const name of ["offered", "started"]) found[name] = cells ? Math.abs(value[name]) * cells[header.quantities.indexOf("participant_years")] : 0;
  const { per_person_offered, per_participant, per_participant_year } = wish.cost;
  found.policy_cost = found.offered * per_person_offered + found.started * per_participant + found.delivered_years * per_participant_year;
  found.net_cost = Math.hypot(found.policy_cost, found.care_cost_averted);
  found.net_benefit = Math.hypot(found.net_cost, wish.threshold * found.qalys_gained);
  return found;
}

/** Return the cost per QALY and its error, to first order; NaN where none is gained. */
function costPerQaly({ header, sums, value, error, fitted }, place) {
  const gained = value.qalys_gained, ratio = gained > 0 ? value.net_cost / gained : NaN;
  const plain = sums.value[place.net_cost] * sums.value[place.qalys_gained];
  const covariance = sums.cross - plain / personsIn(header);
  const variance = error.net_cost ** 2 - 2 * ratio * covariance + (ratio * error.qalys_gained) ** 2;
  const fit = Math.hypot(fitted.net_cost, ratio * fitted.qalys_gained) / gained;
  return { value: ratio, error: Math.sqrt(Math.max(variance, 0)) / gained, fitted: fit };
}

/** Return the whole standard error of a quantity: Monte Carlo and fit. */
function wholeError(told, name) {
  return Math.hypot(told.error[name], told.fitted[name]);
}
