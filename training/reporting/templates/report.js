"use strict";
(() => {
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    const value = cell.hasAttribute("data-sort") ? cell.getAttribute("data-sort") : cell.textContent.trim();
    return value === "" || Number.isNaN(Number(value)) ? value : Number(value);
  };
  const compare = (one, other) =>
    typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other));
  const sort = (table, column, falling) => {
    const rows = Array.from(table.tBodies[0].rows, (row) => ({ row, value: valueOf(row, column) }));
    rows.sort((a, b) => {
      // What has no value stands last, whichever way.
      if (a.value === "" || b.value === "") return (a.value === "") - (b.value === "");
      return falling ? compare(b.value, a.value) : compare(a.value, b.value);
    });
    table.tBodies[0].append(...rows.map((one) => one.row));
  };
  const makeSortable = (table) => {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        // Numbers are looked at from the greatest on, names from A on.
        const first = head.dataset.first === "descending" ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const order = head.getAttribute("aria-sort") === first ? other : first;
        heads.forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", order);
        sort(table, column, order === "descending");
      });
    });
  };
  const makeSearchable = (search) => {
    const table = document.getElementById(search.dataset.table);
    const input = search.querySelector("input");
    const found = search.querySelector("output");
    const rows = Array.from(table.tBodies[0].rows, (row) => ({ row, text: row.cells[0].textContent.toLowerCase() }));
    const apply = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const { row, text } of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      found.textContent = words.length ? `${shown} of ${rows.length} shown` : `${rows.length} in all`;
    };
    input.addEventListener("input", apply);
    search.hidden = false;
    apply();
  };
  const printAll = () => document.querySelectorAll("details").forEach((one) => { one.open = true; });
  document.querySelectorAll("table.sortable").forEach(makeSortable);
  document.querySelectorAll(".search").forEach(makeSearchable);
  window.addEventListener("beforeprint", printAll);
})();
