// Reads a packed effects table. A table is { header, and one typed array per column }.

/** Undo deflate and base64; resolves to bytes. */
async function inflated(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Return a table from its header and its bytes. */
function tableFrom(header, bytes) {
  const table = { header, ...columnsFrom(header, bytes) };
  table.effects = byPerson(table.effects, header);
  table.units = Float64Array.from(header.units.flat());
  return { ...table, eligible: new Map(), groups: new Map() };
}

/** Return the columns that a header speaks of. */
function columnsFrom(header, bytes) {
  const table = {};
  let place = 0;
  for (const [name, shape, signed, width] of header.columns) {
    const count = shape.reduce((product, size) => product * size, 1);
    if (place + width * count > bytes.length) throw new Error("the table is cut short");
    table[name] = numbersFrom(bytes.subarray(place, place + width * count), count, signed, width);
    place += width * count;
  }
  if (place !== bytes.length) throw new Error("the table is longer than it says");
  return table;
}

/** Return whole numbers from their low bytes and, where there are such, their high bytes. */
function numbersFrom(bytes, count, signed, width) {
  if (!signed && width === 1) return bytes;
  const found = signed ? new Int16Array(count) : new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    const number = width === 2 ? bytes[i] | (bytes[count + i] << 8) : bytes[i];
    found[i] = signed ? (number >>> 1) ^ -(number & 1) : number;
  }
  return found;
}

/** Turn effects from [quantity][start][person] into [person][start][quantity]. */
function byPerson(effects, header) {
  const people = header.people, starts = header.starts.length, quantities = header.quantities.length;
  const found = new Int16Array(effects.length);
  for (let q = 0; q < quantities; q++)
    for (let s = 0; s < starts; s++) {
      const from = (q * starts + s) * people;
      for (let i = 0; i < people; i++) found[(i * starts + s) * quantities + q] = effects[from + i];
    }
  return found;
}
