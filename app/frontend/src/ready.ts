// A page with maps says once that it has drawn what it was asked for.

declare global {
  interface Window {
    /** Told to tests and to anybody who waits: the map has drawn what it was asked for. */
    suyuan?: { ready: boolean };
  }
}

export function tellReady(): void {
  document.documentElement.dataset.ready = "1";
  window.suyuan = { ready: true };
}
