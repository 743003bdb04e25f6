// Long work: htmx fetches the panel again and again; the panel itself says where to go when it is done.

/** Follows a panel's `data-job-redirect`; only to a path of this site. */
export function setUpJobs(root: ParentNode): void {
  const target = root.querySelector<HTMLElement>("[data-job-redirect]")?.dataset.jobRedirect;
  if (target && isLocalPath(target)) window.location.assign(target);
}

export function isLocalPath(path: string): boolean {
  return path.startsWith("/") && !path.startsWith("//") && !path.includes("\\");
}
