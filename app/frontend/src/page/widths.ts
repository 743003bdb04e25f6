// Bars in tables: the width comes as a number, because the security policy allows no style attribute.

export function applyWidths(root: ParentNode): void {
  for (const bar of root.querySelectorAll<HTMLElement>("[data-width]")) {
    const width = Number(bar.dataset.width);
    if (Number.isFinite(width)) bar.style.width = `${Math.min(100, Math.max(0, width))}%`;
  }
}
