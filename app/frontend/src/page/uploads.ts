// Refuses a file over the limit before it is sent: the server would refuse it too, minutes later.
import { element } from "../dom";
import { formatBytes } from "../format";
import { message } from "../messages";

export function setUpUploads(root: ParentNode): void {
  for (const input of root.querySelectorAll<HTMLInputElement>("input[type=file][data-max-bytes]")) {
    input.onchange = () => checkSize(input);
  }
}

/** Text for files over `limit` bytes, or empty when all of them fit. */
export function sizeProblem(files: Iterable<{ size: number }>, limit: number): string {
  for (const { size } of files) {
    if (size > limit) return message("upload.tooLarge", { size: formatBytes(size), limit: formatBytes(limit) });
  }
  return "";
}

function checkSize(input: HTMLInputElement): void {
  const problem = sizeProblem(input.files ?? [], Number(input.dataset.maxBytes));
  input.setCustomValidity(problem);
  input.classList.toggle("is-invalid", problem !== "");
  const place = messagePlace(input);
  place.textContent = problem;
  place.hidden = !problem;
}

function messagePlace(input: HTMLInputElement): HTMLElement {
  const found = input.form?.querySelector<HTMLElement>("[data-upload-message]");
  if (found) return found;
  const made = element("div", { class: "invalid-feedback d-block", role: "alert", "data-upload-message": true });
  input.after(made);
  return made;
}
