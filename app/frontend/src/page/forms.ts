// Forms that send themselves, ask first, or must not be sent twice.

/** Each form is set up once, however often fragments come in. */
const known = new WeakSet<HTMLFormElement>();

export function setUpForms(root: ParentNode): void {
  for (const field of root.querySelectorAll<HTMLSelectElement | HTMLInputElement>("[data-autosubmit]")) {
    field.onchange = () => field.form?.requestSubmit();
  }
  for (const form of root.querySelectorAll("form")) {
    if (known.has(form)) continue;
    known.add(form);
    form.addEventListener("submit", (event) => {
      const question = form.dataset.confirm;
      if (question && !window.confirm(question)) event.preventDefault();
      else if (!event.defaultPrevented && form.method === "post") guard(form);
    });
  }
}

/** A second click must not import a file twice; the page that comes back has fresh buttons. */
function guard(form: HTMLFormElement): void {
  const buttons = form.querySelectorAll<HTMLButtonElement>("button[type=submit], button:not([type])");
  // After this turn, so that the pressed button's own name and value are still sent.
  window.setTimeout(() => {
    for (const button of buttons) button.disabled = true;
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const button of buttons) button.disabled = false;
  });
}
