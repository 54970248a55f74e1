// Minutes and adherence: what they multiply the table's effects by, as analysis/explore/fit.py fits it.

/**
 * Return the fit for a wish, or null where minutes and adherence are the policy's own. With
 * levels, tables at several of them, factors are those between them; a fit tells where they do not.
 */
function fitFor(policy, wish, table, levels) {
  const fit = policy.fit;
  if (!fit || !isFitted(policy, wish)) return null;
  const { starts, quantities } = policy.header;
  const sums = levels ? sumsAtLevels(levels, table, wish, fit.bands) : null;
  const factor = (cell) => (levels ? factorAtLevels(policy, wish, levels, sums, cell) : null) ?? factorAt(policy, wish, cell);
  const known = fit.bands.map((_, band) => fit.starts.map((_, k) => quantities.map((_, q) => factor([k, band, q]))));
  const factors = starts.map((year) => known.map((rows) => between(fit.starts, rows, year)));
  return { factors, bands: fit.bands, errors: errorsOf(policy, wish, levels, sums), levels: levels ? levels.header.levels.length : 0 };
}

function factorAtLevels(policy, wish, levels, sums, cell) {
  return factorBetween(levels, sums, wishedLevel(policy, wish, cell), cell, policy.header.quantities[cell[2]]);
}

/** Return the dose, half-life and share of quitters of a wish, as a start, band and quantity feel it. */
function wishedLevel(policy, wish, cell) {
  const { adherence } = wish, dose = policy.fit.minutes ? doseOf(policy, wish, cell) : 1;
  return [dose, adherence ? adherence.half_life_years : null, adherence ? adherence.quit_12_weeks : null];
}

/** Return relative errors by quantity: of the fit, or of interpolation and of the sums at levels. */
function errorsOf(policy, wish, levels, sums) {
  const share = Math.min(distanceOf(policy, wish), 1);
  if (!levels) return policy.fit.errors.map((error) => error * share);
  const wished = wishedLevel(policy, wish, [0, policy.fit.bands.length - 1, policy.header.quantities.indexOf("qalys_gained")]);
  return levels.header.errors.map((error, q) => Math.hypot(error * share, errorBetween(levels, sums, wished, q)));
}

/** Return how far a wish is from the policy's own minutes and adherence; 1: the error counts in full. */
function distanceOf(policy, wish) {
  const fit = policy.fit, { far, minutes } = fit, own = policy.own;
  const qalys = policy.header.quantities.indexOf("qalys_gained");
  let found = 0;
  if (minutes) found += Math.abs(Math.log(Math.max(doseOf(policy, wish, [0, fit.bands.length - 1, qalys]), 1e-3))) / Math.log(far.dose);
  if (!own.adherence) return found;
  const [now, before] = [wish.adherence, own.adherence];
  return found + Math.abs(Math.log(now.half_life_years / before.half_life_years)) / Math.log(far.half_life) +
    Math.abs(now.quit_12_weeks - before.quit_12_weeks) / far.quitting;
}

/** Return the dose of a wish in doses of the policy's own, as a start and quantity feel it. */
function doseOf(policy, wish, cell) {
  let dose = 1;
  for (const [mode, each] of Object.entries(policy.fit.minutes.per_minute))
    dose += inCell(each, cell) * (wish.adds[mode] - policy.own.adds[mode]);
  return Math.max(dose, 0);
}

/** Return whether a wish asks for something that the table does not hold. */
function isFitted(policy, wish) {
  const same = (key) => JSON.stringify(wish[key]) === JSON.stringify(policy.own[key]);
  return !same("adds") || !same("adherence");
}

function factorAt(policy, wish, cell) {
  const fit = policy.fit;
  let factor = 1;
  if (fit.minutes)
    factor *= along(fit.minutes.levels, fit.minutes.factors.map((level) => inCell(level, cell)), doseOf(policy, wish, cell));
  for (const each of fit.adherence) {
    const place = (value) => (each.log ? Math.log(value) : value);
    factor *= along(each.levels.map(place), each.factors.map((level) => inCell(level, cell)), place(valueAt(wish, each.key)));
  }
  return factor;
}

function inCell(nested, [start, band, quantity]) {
  return nested[start][band][quantity];
}

/** Interpolate row by row between the starts that are known; beyond them, the nearest. */
function between(starts, rows, year) {
  const after = starts.findIndex((each) => each >= year);
  if (after === -1) return rows.at(-1);
  if (after === 0) return rows[0];
  const share = (year - starts[after - 1]) / (starts[after] - starts[after - 1]);
  return rows[after].map((value, q) => rows[after - 1][q] * (1 - share) + value * share);
}

/** Interpolate with a cubic of Fritsch and Carlson, which has no bumps of its own; held at the ends. */
function along(xs, ys, x) {
  if (x <= xs[0]) return ys[0];
  if (x >= xs.at(-1)) return ys.at(-1);
  const k = xs.findIndex((each) => each > x) - 1, width = xs[k + 1] - xs[k], t = (x - xs[k]) / width;
  const [first, second] = [slopeAt(xs, ys, k), slopeAt(xs, ys, k + 1)];
  return ys[k] * (1 + 2 * t) * (1 - t) ** 2 + ys[k + 1] * t * t * (3 - 2 * t) +
    width * (first * t * (1 - t) ** 2 + second * t * t * (t - 1));
}

/** Return the slope at a knot: a weighted harmonic mean of those beside it, 0 at a turn. */
function slopeAt(xs, ys, k) {
  const slope = (at) => (ys[at + 1] - ys[at]) / (xs[at + 1] - xs[at]);
  if (k === 0) return slope(0);
  if (k === xs.length - 1) return slope(k - 1);
  const [before, after] = [slope(k - 1), slope(k)];
  if (before * after <= 0) return 0;
  const [near, far] = [2 * (xs[k + 1] - xs[k]) + (xs[k] - xs[k - 1]), xs[k + 1] - xs[k] + 2 * (xs[k] - xs[k - 1])];
  return (near + far) / (near / before + far / after);
}
