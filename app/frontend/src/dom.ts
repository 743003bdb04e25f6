// Building elements without markup strings: whatever a name or a case text holds, it stays text.

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined>;

/** A new element; `true` sets an attribute without value; false, null and undefined leave it out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) made.append(child);
  return made;
}

/** The element with this id, or a new one put at the end of `parent`. */
export function mount<K extends keyof HTMLElementTagNameMap>(
  parent: HTMLElement,
  tag: K,
  id: string,
  attributes: Attributes = {},
): HTMLElementTagNameMap[K] {
  const found = document.getElementById(id);
  if (found) return found as HTMLElementTagNameMap[K];
  const made = element(tag, { id, ...attributes });
  parent.append(made);
  return made;
}

/** The parsed content of `<script type="application/json" id=…>`, or null when it is not there. */
export function pageData<T>(id: string): T | null {
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as T) : null;
}
