"use strict";
(() => {
  const body = document.querySelector("tbody");
  const rows = [...body.rows];
  const find = document.querySelector(".find");
  find.hidden = false;
  find.querySelector("input").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
  });
  document.querySelectorAll("th[data-kind]").forEach((head) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const falling = head.getAttribute("aria-sort") === "descending" || (!head.hasAttribute("aria-sort") && head.dataset.kind === "text");
      document.querySelectorAll("th[aria-sort]").forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falling ? "ascending" : "descending");
      const at = head.cellIndex, sign = falling ? 1 : -1;
      const value = (row) => row.cells[at].dataset.value;
      const compare = head.dataset.kind === "text"
        ? (a, b) => sign * value(a).localeCompare(value(b), "en")
        : (a, b) => {
            // What has no figure comes last, either way.
            const [x, y] = [value(a), value(b)];
            if (x === "" || y === "") return (x === "") - (y === "");
            return sign * (x - y);
          };
      body.append(...rows.sort(compare));
    });
  });
})();
