// Rows of a table of townships: one of them is marked, by a click or the keyboard, or from a map.

export class TownshipRows {
  private readonly rows = new Map<string, HTMLTableRowElement>();

  /** Of the rows with a `data-code`; who tabs to something in a row chooses it as a click does. */
  constructor(table: HTMLElement, onSelect: (code: string) => void) {
    for (const row of table.querySelectorAll<HTMLTableRowElement>("tr[data-code]")) {
      this.rows.set(row.dataset.code ?? "", row);
    }
    const choose = ({ target }: Event) => {
      const row = target instanceof Element ? target.closest<HTMLTableRowElement>("tr[data-code]") : null;
      if (row) onSelect(row.dataset.code ?? "");
    };
    const body = table.querySelector("tbody");
    body?.addEventListener("click", choose);
    body?.addEventListener("focusin", choose);
  }

  get(code: string): HTMLTableRowElement | undefined {
    return this.rows.get(code);
  }

  select(code: string, { scroll }: { scroll: boolean }): void {
    for (const [own, row] of this.rows) {
      const here = own === code;
      row.classList.toggle("is-selected", here);
      if (here) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
      if (here && scroll) row.scrollIntoView({ block: "center" });
    }
  }
}
