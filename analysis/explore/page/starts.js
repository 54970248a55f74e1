// Who may start, in which years, and with what chance: as abm/results/when_they_start.py.
const MONTHS = 12, MOST_OPTIONS = 2;

/** Return the share of the eligible reached by the end of each month of the run. */
function coveredByMonth(wish, header) {
  const covered = new Float64Array(MONTHS * header.years);
  const first = MONTHS * (wish.start - header.start_year);
  const ramp = Math.max(wish.ramp_years * MONTHS, 1);
  for (let month = Math.max(first, 0); month < covered.length; month++)
    covered[month] = wish.reach * Math.min((month - first + 1) / ramp, 1);
  return covered;
}

/** Return, year by year, the share reached by December, and how much of it is new and how late. */
function growthByYear(wish, header) {
  const covered = coveredByMonth(wish, header);
  const december = new Float64Array(header.years), late = new Float64Array(header.years);
  for (let year = 0; year < header.years; year++) {
    december[year] = covered[MONTHS * year + MONTHS - 1];
    for (let part = 1; part < MONTHS; part++) {
      const grown = covered[MONTHS * year + part] - covered[MONTHS * year + part - 1];
      late[year] += (grown * part) / MONTHS;
    }
  }
  return { december, late };
}

/** Return a test whether a person (by number) may be offered it in a year of the run. */
function eligibility(table, wish) {
  const header = table.header, people = header.people;
  const below = wish.met_hours_below === null ? 255 : header.doses.indexOf(wish.met_hours_below);
  const above = wish.bmi_above === null ? -1 : header.bmis.indexOf(wish.bmi_above);
  const sex = { both: -1, female: header.sexes.indexOf("female"), male: header.sexes.indexOf("male") }[wish.sex];
  const fifths = bitsOf(wish.deprivation);
  const illnesses = bitsOf(wish.diseases.map((name) => header.diseases.indexOf(name)));
  const [youngest, oldest] = wish.ages;
  return (person, year) => {
    const at = year * people + person;
    const age = Math.min(table.age[person] + year - table.entry[person], header.oldest);
    return age >= youngest && age < oldest && (sex < 0 || table.sex[person] === sex) &&
      ((fifths >> table.fifth[person]) & 1) === 1 && table.dose[at] <= below &&
      table.bmi[at] > above && (illnesses === 0 || (table.ill[at] & illnesses) !== 0);
  };
}

function bitsOf(places) {
  return places.reduce((bits, place) => bits | (1 << place), 0);
}

/** Return whether each person is there and may be offered it in each year, 1 or 0, by [person][year]. */
function eligibleYears(table, wish) {
  return keptOr(table.eligible, whoKey(wish), () => {
    const { people, years } = table.header, may = eligibility(table, wish), found = new Uint8Array(people * years);
    for (let year = 0; year < years; year++)
      for (let person = 0; person < people; person++)
        if (table.entry[person] <= year && year <= table.last[person] && may(person, year)) found[person * years + year] = 1;
    return found;
  });
}

/** Return what tells apart who is asked about. */
function whoKey({ ages, sex, met_hours_below, bmi_above, deprivation, diseases }) {
  return JSON.stringify([ages, sex, met_hours_below, bmi_above, deprivation, diseases]);
}

/** Return what is kept under a key, or made now; the last few are kept, one for each option. */
function keptOr(kept, key, make) {
  if (!kept.has(key)) kept.set(key, make());
  const found = kept.get(key);
  kept.delete(key);
  kept.set(key, found);
  if (kept.size > MOST_OPTIONS) kept.delete(kept.keys().next().value);
  return found;
}

/**
 * Call visit(person, starts) for all who may be offered it, or, on a wish, for everybody. starts
 * has, by year, 1 where they are eligible, and the chances that they are offered it, and start as
 * on this 1 January (early) or as on the next (late); it is used again for the next person.
 */
function forAllAsked(table, wish, everybody, visit) {
  const { years, people, start_year } = table.header;
  const may = eligibleYears(table, wish), growth = growthByYear(wish, table.header);
  const first = Math.max(wish.start - start_year, 0), end = yearAfter(wish, table.header);
  const starts = noStarts(years), rooms = Object.values(starts);
  for (let person = 0; person < people; person++) {
    let asked = 0, any = false;
    for (let year = first, at = person * years + first; year < end; year++, at++) {
      if (may[at] === 0) continue;
      if (!any) for (const room of rooms) room.fill(0);
      any = true;
      askIn(year, starts, growth, asked, wish.uptake);
      asked = growth.december[year];
    }
    if (!any && everybody) for (const room of rooms) room.fill(0);
    if (any || everybody) visit(person, starts);
  }
}

/** Return the first year of the run in which a policy takes nobody on any more. */
function yearAfter(wish, header) {
  return wish.end === null ? header.years : Math.min(wish.end - header.start_year, header.years);
}

function noStarts(years) {
  const room = () => new Float64Array(years);
  return { eligible: room(), offered: room(), early: room(), late: room() };
}

function askIn(year, starts, growth, asked, uptake) {
  starts.eligible[year] = 1;
  starts.offered[year] = growth.december[year] - asked;
  starts.early[year] = uptake * (starts.offered[year] - growth.late[year]);
  starts.late[year] = uptake * growth.late[year];
}
