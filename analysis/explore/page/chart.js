// Charts as SVG, drawn for the width that they have.
const SVG = "http://www.w3.org/2000/svg", LINE = 26, FONT = 13;

function svg(tag, attributes = {}, text = "") {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

/** Return an empty drawing with its name for those who do not see it. */
function drawing(width, height, name) {
  const node = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name, class: "drawing" });
  node.append(svg("title", {}, name));
  return node;
}

/** Return a round step of which about so many fit in a span. */
function stepFor(span, most) {
  const rough = span / most, power = 10 ** Math.floor(Math.log10(rough || 1));
  return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= rough) || 1;
}

/** Return a scale from numbers to places that holds 0 and all ends. */
function scaleFor(ends, from, to) {
  const known = ends.filter(Number.isFinite);
  let low = Math.min(0, ...known), high = Math.max(0, ...known);
  if (low === high) high = low + 1;
  const step = stepFor(high - low, Math.max(2, Math.floor((to - from) / 80)));
  low = Math.floor(low / step) * step;
  high = Math.ceil(high / step) * step;
  const place = (value) => from + ((value - low) / (high - low)) * (to - from);
  const ticks = [];
  for (let tick = low; tick <= high + step / 2; tick += step) ticks.push(Math.abs(tick) < step / 1e6 ? 0 : tick);
  return { place, ticks, step };
}

function tickText(tick, step) {
  return fixed(tick, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}

/**
 * Draw rows of estimates with their intervals on one axis.
 * rows: [{ label, marks: [{ value, error, kind }] }]; kind names the option, a or b.
 */
function intervals(width, rows, name, unit) {
  const narrow = width < 520, left = narrow ? 8 : 210, right = width - 12;
  const height = rows.length * rowHeight(rows, narrow) + 46, node = drawing(width, height, name);
  const ends = rows.flatMap((row) => row.marks.flatMap(limitsOf));
  const scale = scaleFor(ends, left + 6, right - 6);
  addAxis(node, scale, height - 40, unit, left, right);
  rows.forEach((row, at) => addRow(node, row, at, scale, left, narrow, rowHeight(rows, narrow)));
  return node;
}

function rowHeight(rows, narrow) {
  const marks = Math.max(1, ...rows.map((row) => row.marks.length));
  return LINE + (marks - 1) * 10 + (narrow ? 16 : 0);
}

function limitsOf({ value, error }) {
  const reach = error > 0 ? NORMAL_95 * error : 0;
  return [value - reach, value + reach];
}

function addAxis(node, scale, bottom, unit, left, right) {
  for (const tick of scale.ticks) {
    const x = scale.place(tick);
    node.append(svg("line", { x1: x, x2: x, y1: 4, y2: bottom, class: tick === 0 ? "zero" : "grid" }));
    node.append(svg("text", { x, y: bottom + 16, class: "tick", "text-anchor": "middle" }, tickText(tick, scale.step)));
  }
  node.append(svg("text", { x: (left + right) / 2, y: bottom + 34, class: "tick", "text-anchor": "middle" }, unit));
}

function addRow(node, row, at, scale, left, narrow, height) {
  const top = 6 + at * height;
  const label = narrow ? { x: left, y: top + 12 } : { x: left - 8, y: top + height / 2 + 4, "text-anchor": "end" };
  node.append(svg("text", { ...label, class: "label" }, row.label));
  row.marks.forEach((mark, k) => {
    const y = top + (narrow ? 24 : LINE / 2) + k * 10;
    addMark(node, mark, scale, y);
  });
}

function addMark(node, mark, scale, y) {
  if (!Number.isFinite(mark.value)) return;
  const [low, high] = limitsOf(mark).map(scale.place), x = scale.place(mark.value);
  if (mark.error > 0) {
    node.append(svg("line", { x1: low, x2: high, y1: y, y2: y, class: `bar ${mark.kind}`, "data-error": "1" }));
    for (const end of [low, high]) node.append(svg("line", { x1: end, x2: end, y1: y - 4, y2: y + 4, class: `bar ${mark.kind}` }));
  }
  const dot = mark.kind === "b" ? svg("rect", { x: x - 4.5, y: y - 4.5, width: 9, height: 9, class: "dot b" }) : svg("circle", { cx: x, cy: y, r: 5, class: "dot a" });
  node.append(dot);
}

/** Draw columns by year; series: [{ kind, values }]. */
function columns(width, labels, series, name) {
  const height = 190, left = 56, right = width - 8, bottom = height - 24, node = drawing(width, height, name);
  const scale = scaleFor(series.flatMap((each) => each.values), bottom, 12);
  for (const tick of scale.ticks) {
    const y = scale.place(tick);
    node.append(svg("line", { x1: left, x2: right, y1: y, y2: y, class: tick === 0 ? "zero" : "grid" }));
    node.append(svg("text", { x: left - 6, y: y + 4, class: "tick", "text-anchor": "end" }, tickText(tick, scale.step)));
  }
  const slot = (right - left) / labels.length, wide = (slot * 0.72) / series.length;
  series.forEach((each, k) => each.values.forEach((value, at) => {
    const x = left + at * slot + slot * 0.14 + k * wide, top = Math.min(scale.place(value), scale.place(0));
    node.append(svg("rect", { x, y: top, width: wide, height: Math.abs(scale.place(value) - scale.place(0)), class: `column ${each.kind}` }));
  }));
  const every = Math.max(1, Math.ceil(46 / slot));
  labels.forEach((label, at) => {
    if (at % every === 0) node.append(svg("text", { x: left + (at + 0.5) * slot, y: bottom + 16, class: "tick", "text-anchor": "middle" }, String(label)));
  });
  return node;
}
