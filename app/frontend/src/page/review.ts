// The review of texts: keys for what hands do most, and places found while typing.
import { element } from "../dom";
import { message } from "../messages";

interface FoundPlace {
  code: string;
  name: string;
  kind: string;
  address: string;
  township: string;
}

/** Milliseconds without a key before a search is asked. */
const PAUSE = 200;
const known = new WeakSet<Element>();

export function setUpReview(root: ParentNode): void {
  for (const input of root.querySelectorAll<HTMLInputElement>("[data-find-places]")) setUpSearch(input);
  for (const button of root.querySelectorAll<HTMLElement>("[data-fill-lng]")) {
    button.onclick = () => take(button);
  }
  // A click on the map or figures typed by hand: what was taken before holds no more.
  for (const field of pointFields()) field.onchange = forgetTaken;
  const page = root.querySelector("[data-review]");
  if (!page || known.has(page)) return;
  known.add(page);
  document.addEventListener("keydown", (event) => {
    const wanted = keyTarget(event, page);
    if (!wanted) return;
    event.preventDefault();
    if (wanted.dataset.focusKey) wanted.focus();
    else wanted.click();
  });
}

/** The element that a key stands for; none while someone types, or with a modifier held. */
export function keyTarget(event: KeyboardEvent, page: ParentNode): HTMLElement | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return null;
  const key = CSS.escape(event.key.toLowerCase());
  return page.querySelector<HTMLElement>(`[data-key="${key}"], [data-focus-key="${key}"]`);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, select, textarea, [contenteditable]");
}

/** Decimals of degrees, as a click on the map gives them (about 10 cm). */
const DEGREE_DIGITS = 6;

function pointFields(): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>('.review-point input[name="lng"], .review-point input[name="lat"]')];
}

/** Fills in a candidate's point and says so beside its button: on a phone the form is far below. */
function take(button: HTMLElement): void {
  const { fillLng = "", fillLat = "", fillName = "" } = button.dataset;
  const [lng = "", lat = ""] = [fillLng, fillLat].map((degrees) => String(Number(Number(degrees).toFixed(DEGREE_DIGITS))));
  for (const field of pointFields()) {
    field.value = field.name === "lng" ? lng : lat;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  forgetTaken();
  const said = message(fillName ? "review.taken" : "review.takenUnnamed", { name: fillName, lng, lat });
  const onwards = element("a", { href: "#new-place" }, message("review.nameIt"));
  button.parentElement?.querySelector("[data-taken]")?.replaceChildren(said, " ", onwards);
}

function forgetTaken(): void {
  for (const line of document.querySelectorAll("[data-taken]")) line.replaceChildren();
}

function setUpSearch(input: HTMLInputElement): void {
  const list = document.getElementById("found-places");
  if (!list || known.has(input)) return;
  known.add(input);
  let timer = 0;
  let asked = 0;
  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(async () => {
      const number = ++asked;
      const found = await findPlaces(input.dataset.findPlaces ?? "", input.value);
      // An answer that comes late must not cover a newer one.
      if (number === asked) showFound(list, found, input.value);
    }, PAUSE);
  });
  // Enter in the search would send the form without a place.
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    list.querySelector<HTMLButtonElement>("button")?.focus();
  });
}

async function findPlaces(address: string, search: string): Promise<FoundPlace[]> {
  if (!search.trim()) return [];
  const answer = await fetch(`${address}?search=${encodeURIComponent(search)}`);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return ((await answer.json()) as { places: FoundPlace[] }).places;
}

function showFound(list: HTMLElement, found: FoundPlace[], search: string): void {
  const rows = found.map(({ code, name, kind, address, township }) =>
    element(
      "li",
      {},
      element(
        "div",
        { class: "review-candidate" },
        element("strong", {}, name),
        element("div", { class: "small text-secondary" }, [kind, township, address].filter(Boolean).join(" · ")),
      ),
      element("button", { type: "submit", name: "place", value: code, class: "btn btn-sm btn-primary" }, list.dataset.choose ?? ""),
    ),
  );
  const none = element("li", { class: "text-secondary" }, list.dataset.empty ?? "");
  list.replaceChildren(...(rows.length || !search.trim() ? rows : [none]));
}
