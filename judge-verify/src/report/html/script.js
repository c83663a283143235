"use strict";
// Search and filter in the list of positions. The page can be read without it.
(() => {
  const form = document.getElementById("filter");
  if (form === null) return;
  const [find, kind, found] = ["find", "kind", "found"].map((id) => document.getElementById(id));
  const rows = Array.from(document.querySelectorAll("#ledger tbody tr"), (row) => ({
    row,
    text: row.textContent.toLowerCase(),
    kinds: row.dataset.kind.split(" "),
    first: Number(row.dataset.first),
    last: Number(row.dataset.last),
  }));
  const update = () => {
    const wanted = find.value.trim().toLowerCase();
    const number = /^[0-9]+$/.test(wanted) ? Number(wanted) : -1;
    let count = 0;
    for (const { row, text, kinds, first, last } of rows) {
      // A short number is a position; a long one may be a part of a Bates number too.
      const isPosition = first <= number && number <= last;
      const isFound = isPosition || ((number < 0 || wanted.length > 4) && text.includes(wanted));
      const isShown = isFound && (kind.value === "" || kinds.includes(kind.value));
      row.hidden = !isShown;
      if (isShown) count += 1;
    }
    found.value = count === rows.length ? `all ${count} rows` : `${count} of ${rows.length} rows`;
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const field of [find, kind]) field.addEventListener("input", update);
  form.hidden = false;
  update();
})();
