// Minutes and adherence between tables at several levels, as analysis/explore/levels.py does it.
const CLEAR = 2; // standard errors from zero, below which a band of age tells nothing of its own
const WITHOUT_DOSE = ["delivered_years", "participant_years"]; // stay where there is no dose

/** Return the tables of a policy at several levels from their header and bytes. */
function levelsFrom(header, bytes, table) {
  const levels = { header, ...columnsFrom(header, bytes) }, people = [];
  levels.member.forEach((is, person) => { if (is) people.push(person); });
  if (levels.member.length !== table.header.people || people.length !== header.people) throw new Error("the levels are of other people");
  return { ...levels, people, known: new Map() };
}

/** Return the sums over those who are asked about; they stay while these are the same. */
function sumsAtLevels(levels, table, wish, bands) {
  return keptOr(levels.known, whoKey(wish), () => summedAtLevels(levels, table, wish, bands));
}

/** Return by [start][band][quantity] the sums at all levels, and of whom; their squares at the first. */
function summedAtLevels(levels, table, wish, bands) {
  const { starts, levels: grid } = levels.header, quantities = table.header.quantities;
  const asked = starts.map((year) => askedAbout(levels, table, wish, year, bands));
  return asked.map((whose, s) => bands.map((_, band) => quantities.map((_, q) => {
    const places = Int32Array.from(whose[band]), columnAt = (k) => ((k * quantities.length + q) * starts.length + s) * levels.header.people;
    const value = Float64Array.from(grid, (_, k) => sumOver(levels.effects, places, columnAt(k)) * levels.header.units[k][s][q]);
    const moments = (k) => momentsOf(levels, places, columnAt(k), columnAt(0), [levels.header.units[k][s][q], levels.header.units[0][s][q]]);
    return { value, moments, squares: moments(0).squares };
  })));
}

/** Return by band of age the places of those who may be offered it at the start of a year. */
function askedAbout(levels, table, wish, year, bands) {
  const { years, start_year } = table.header, may = eligibleYears(table, wish), found = bands.map(() => []);
  levels.people.forEach((person, place) => {
    if (may[person * years + year - start_year]) found[bandOf(table, person, year, bands)].push(place);
  });
  return found;
}

function sumOver(effects, places, from) {
  let sum = 0;
  for (let at = 0; at < places.length; at++) sum += effects[from + places[at]];
  return sum;
}

/** Return sums over persons of squares at a level, and of products with the policy's own. */
function momentsOf({ effects }, places, from, own, [unit, ownUnit]) {
  let squares = 0, cross = 0;
  for (let at = 0; at < places.length; at++) {
    const given = effects[from + places[at]];
    squares += given * given;
    cross += given * effects[own + places[at]];
  }
  return { squares: squares * unit * unit, cross: cross * unit * ownUnit };
}

/** Return what a wish multiplies effects by at a start, band and quantity; null where levels do not tell. */
function factorBetween(levels, sums, wished, [start, band, q], quantity) {
  const known = sums[start][band][q];
  let told = known.value;
  if (Math.abs(told[0]) <= CLEAR * Math.sqrt(known.squares)) {
    told = overBands(sums[start], q);
    if (Math.abs(told[0]) <= CLEAR * Math.sqrt(sums[start].reduce((sum, each) => sum + each[q].squares, 0))) return null;
  }
  return betweenLevels(levels.header.levels, told, wished, WITHOUT_DOSE.includes(quantity) ? 1 : 0);
}

function overBands(bands, q) {
  return bands.map((each) => each[q].value).reduce((sum, each) => sum.map((value, k) => value + each[k]));
}

function betweenLevels(grid, told, [dose, halfLife, quitting], withoutDose) {
  const [, ownHalfLife, ownQuitting] = grid[0], byLevel = (a, b) => a[0] - b[0];
  const halfLives = [...new Set(grid.map((each) => each[1]))].sort((a, b) => a - b);
  const curve = halfLives.map((years) => {
    const row = grid.map((each, k) => [each[0], told[k], each]).filter(([, , each]) => each[1] === years && each[2] === ownQuitting).sort(byLevel);
    if (row.length === 1) return row[0][1];
    return along([0, ...row.map((each) => each[0])], [withoutDose * row[0][1], ...row.map((each) => each[1])], dose);
  });
  let value = ownHalfLife === null ? curve[0] : along(halfLives.map(Math.log), curve, Math.log(halfLife));
  if (ownQuitting !== null) {
    const row = grid.map((each, k) => [each[2], told[k], each]).filter(([, , each]) => each[0] === 1 && each[1] === ownHalfLife).sort(byLevel);
    value *= along(row.map((each) => each[0]), row.map((each) => each[1]), quitting) / told[0];
  }
  return value / told[0];
}

/** Return the relative Monte Carlo error of a factor: the largest by start, at the level nearest to what is asked. */
function errorBetween(levels, sums, wished, q) {
  const k = nearestLevel(levels.header.levels, wished);
  return Math.max(...sums.map((bands) => {
    const value = overBands(bands, q), moments = bands.map((each) => each[q].moments(k));
    if (value[0] === 0 || value[k] === 0) return 0;
    const factor = value[k] / value[0], total = (name, all) => all.reduce((sum, each) => sum + each[name], 0);
    const apart = total("squares", moments) - 2 * factor * total("cross", moments) + factor ** 2 * total("squares", bands.map((each) => each[q]));
    return Math.sqrt(Math.max(apart, 0)) / Math.abs(value[k]);
  }));
}

function nearestLevel(grid, [dose, halfLife, quitting]) {
  const far = (level) => Math.abs(Math.log(Math.max(dose, 0.05) / level[0])) +
    (halfLife === null ? 0 : Math.abs(Math.log(halfLife / level[1]))) + (quitting === null ? 0 : 2 * Math.abs(quitting - level[2]));
  return grid.reduce((best, each, k) => (far(each) < far(grid[best]) ? k : best), 0);
}
