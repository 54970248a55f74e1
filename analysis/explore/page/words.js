// Numbers in words, as analysis/words.py writes them.
const THIN_SPACE = "\u202f", MINUS = "\u2212", NORMAL_95 = 1.959964, MOST_DECIMALS = 8;

/** Write a number with so many decimals, at most eight, thin spaces between thousands and a true minus sign. */
function fixed(number, wished) {
  const decimals = Math.min(wished, MOST_DECIMALS);
  if (!Number.isFinite(number)) return "not available";
  const size = Math.abs(number); // from 1e21 on toFixed writes a power of ten
  const [whole, rest] = (size < 1e21 ? size.toFixed(decimals) : String(BigInt(size))).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE) + (rest ? `.${rest}` : "");
  const negative = number < 0 && Number(Math.abs(number).toFixed(decimals)) !== 0;
  return (negative ? MINUS : "") + grouped;
}

/** Write a number with a few significant digits. */
function inWords(number, digits = 3) {
  if (number === 0) return "0";
  if (!Number.isFinite(number)) return "not available";
  const near = Number(number.toPrecision(digits)), text = String(Math.abs(near));
  return fixed(near, text.includes("e") ? digits : (text.split(".")[1] || "").length);
}

/** Return the decimals that an estimate and its error deserve: two digits of the error. */
function decimalsFor(value, error) {
  const known = error > 0 ? 1 - Math.floor(Math.log10(2 * NORMAL_95 * error)) : 2 - Math.floor(Math.log10(Math.abs(value)));
  if (!(error > 0) && (Math.abs(value) >= 100 || value === 0)) return 0;
  return Math.max(0, known);
}

/** Write an estimate and its 95 % interval with the same decimals. */
function withInterval(value, error) {
  if (!Number.isFinite(value)) return "not available";
  const decimals = decimalsFor(value, error), first = fixed(rounded(value, error), decimals);
  if (Number.isNaN(error)) return `${inWords(value)} (interval unknown)`;
  if (error === 0) return inWords(value, 4);
  const reach = NORMAL_95 * error;
  return `${first} (${fixed(rounded(value - reach, error), decimals)} to ${fixed(rounded(value + reach, error), decimals)})`;
}

/** Round a large number to two digits of its interval's width. */
function rounded(value, error) {
  if (!(error > 0)) return value;
  const unit = 10 ** (Math.floor(Math.log10(2 * NORMAL_95 * error)) - 1);
  return unit > 1 ? Math.round(value / unit) * unit : value;
}

/** Write the number of an amount of money, its currency before it. */
function moneyInWords(value, error, currency) {
  return `${currency} ${withInterval(value, error)}`;
}
