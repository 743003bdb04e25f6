// The search box of every page, and the button that asks where one stands.

const DECIMALS = 4;
const PATIENCE_MS = 20_000;

let listening = false;

export function setUpSearch(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>("[data-near-button]")) {
    button.onclick = () => askPosition(button);
  }
  if (listening) return;
  listening = true;
  document.addEventListener("keydown", focusOnSlash);
}

/** The slash goes to the page's own search, else to the box, unless somebody is writing. */
function focusOnSlash(event: KeyboardEvent): void {
  const writing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writing) return;
  const own = document.querySelector<HTMLInputElement>('input[data-focus-key="/"]');
  const box = own ?? document.querySelector<HTMLInputElement>("#search-box");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
}

function askPosition(button: HTMLButtonElement): void {
  const form = button.closest("form");
  const line = form?.querySelector<HTMLElement>("[data-near-message]");
  if (!form || !line) return;
  const say = (what: "asking" | "refused"): void => {
    line.textContent = line.dataset[what] ?? "";
  };
  const send = ({ coords }: GeolocationPosition): void => {
    fill(form, "lng", coords.longitude);
    fill(form, "lat", coords.latitude);
    form.requestSubmit();
  };
  // Outside https and this machine browsers have no position to give.
  if (!("geolocation" in navigator)) return say("refused");
  say("asking");
  navigator.geolocation.getCurrentPosition(send, () => say("refused"), {
    enableHighAccuracy: true,
    timeout: PATIENCE_MS,
    maximumAge: 60_000,
  });
}

function fill(form: HTMLFormElement, name: string, degrees: number): void {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = degrees.toFixed(DECIMALS);
}
