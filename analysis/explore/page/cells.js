// Cells instead of persons, as analysis/explore/cells.py makes them of a survey's respondents.

/** Return how many persons stand behind a table: those of its cells, or its own. */
function personsIn(header) {
  return header.persons_in_all ?? header.people;
}

/** Return how many of a cell live on the 1 January of a year; a person is one. */
function livingIn(table, person, year) {
  return table.living ? table.living[year * table.header.people + person] : 1;
}

function membersOf(table, person) {
  return table.members ? table.members[person] : 1;
}

/**
 * Return sums of squares over the persons of a cell by quantity, and of net cost times QALYs.
 * Who may start in several years is taken to give the same from each of them, which bounds what
 * one person gives; that persons of a cell differ in when they are eligible is left out.
 */
function secondMoments(table, cell, told, fit, { weights }, { cost, threshold }, place) {
  const { header } = table, found = new Float64Array(told.length), members = table.members[cell];
  const moment = (a, b = a) => momentOf(table, cell, fit, weights, place[a], place[b]);
  header.quantities.forEach((name, q) => (found[q] = moment(name)));
  for (const name of ["offered", "started"]) found[place[name]] = told[place[name]] ** 2 / members;
  const yearly = cost.per_participant_year, care = "care_cost_averted", served = "delivered_years";
  const sure = (told[place.policy_cost] - yearly * told[place.delivered_years]) / members; // alike for all
  const spent = members * sure ** 2 + 2 * sure * yearly * told[place.delivered_years] + yearly ** 2 * moment(served);
  const spentAndCare = sure * told[place.care_cost_averted] + yearly * moment(served, care);
  const spentAndQalys = sure * told[place.qalys_gained] + yearly * moment(served, "qalys_gained");
  const net = spent - 2 * spentAndCare + moment(care), cross = spentAndQalys - moment(care, "qalys_gained");
  found[place.policy_cost] = spent;
  found[place.net_cost] = net;
  found[place.net_benefit] = threshold ** 2 * moment("qalys_gained") - 2 * threshold * cross + net;
  return { squares: found, cross };
}

/** Return a sum of products over the persons of a cell, from what each start gives. */
function momentOf(table, cell, fit, weights, first, second) {
  const { starts, people } = table.header;
  let sum = 0, whole = 0;
  for (let s = 0; s < starts.length; s++) {
    if (weights[s] === 0) continue;
    const factors = fit ? fit.factors[s][bandOf(table, cell, starts[s], fit.bands)] : null;
    const at = s * people + cell, product = rootAt(table, first, s, at) * rootAt(table, second, s, at) * shareAt(table, first, second, at);
    sum += weights[s] * product * (factors ? factors[first] * factors[second] : 1);
    whole += weights[s];
  }
  return sum * whole;
}

function rootAt({ header, roots }, quantity, start, at) {
  return roots[quantity * header.starts.length * header.people + at] * header.root_units[quantity][start];
}

/** Return a sum of products as a share of the largest that its squares allow. */
function shareAt({ header, products }, first, second, at) {
  if (first === second) return 1;
  const pair = [header.quantities[first], header.quantities[second]].join();
  const place = header.products.findIndex((each) => each.join() === pair);
  return products[place * header.starts.length * header.people + at] / header.product_steps;
}
