"use strict";

/* Tables that can be sorted: the name of a column becomes a button, once up, once down. What is missing stays last.
   Without scripts they stay as they are. */

(() => {
    const byName = new Intl.Collator("en", {numeric: true, sensitivity: "base"});

    const valueOf = (row, column) => row.cells[column].dataset.sort;

    const compare = (isNumber, one, other) => (isNumber ? Number(one) - Number(other) : byName.compare(one, other));

    function sort(table, column, isDown) {
        const isNumber = table.tHead.rows[0].cells[column].classList.contains("number");
        const body = table.tBodies[0];
        const [known, missing] = [[], []];
        for (const row of body.rows)
            (valueOf(row, column) === undefined ? missing : known).push(row);
        known.sort((one, other) => compare(isNumber, valueOf(one, column), valueOf(other, column)) * (isDown ? -1 : 1));
        body.append(...known, ...missing);
    }

    function choose(table, head, column) {
        const isDown = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells)
            other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
        sort(table, column, isDown);
    }

    for (const table of document.querySelectorAll("table[data-sortable]"))
        [...table.tHead.rows[0].cells].forEach((head, column) => {
            const button = document.createElement("button");
            button.type = "button";
            button.append(...head.childNodes);
            button.addEventListener("click", () => choose(table, head, column));
            head.append(button);
        });

    for (const hint of document.querySelectorAll("[data-with-script]"))
        hint.hidden = false;
})();
