// What the reader may do besides looking: the page names it, and links to anything else are not shown.

export type Right = "analyse" | "cases" | "places" | "projects";

export function may(right: Right): boolean {
  const rights = document.getElementById("workbench")?.dataset["may"] ?? "";
  return rights.split(" ").includes(right);
}
