// Builds src/*.ts entries and the styles into ../static/dist with hashed names, and manifest.json beside them.
// The manifest maps the plain name ("map.js") to the hashed one ("map-4F2K7Q3A.js").
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, context } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const outdir = path.resolve(here, "../static/dist");

// MapLibre 6 starts its worker from a URL of our own origin, so that no blob: is needed in the CSP. It is
// built first: the pages' scripts carry its hashed name.
const WORKER = { "maplibre-worker": "maplibre-gl/dist/maplibre-gl-worker.mjs" };
// Not for our own pages: a map exported as one file carries Leaflet inside, which folium expects as a plain script.
const EXPORT = { leaflet: "leaflet/dist/leaflet.js" };
const PAGES = { site: "src/site.ts", map: "src/map.ts", charts: "src/charts.ts" };

const shared = {
  absWorkingDir: here,
  outdir,
  bundle: true,
  format: "esm",
  target: ["es2022", "chrome109", "firefox115", "safari16"],
  minify: true,
  legalComments: "linked",
  metafile: true,
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "asset-[name]-[hash]",
  logLevel: "warning",
};

/** Plain name → hashed name of every entry, and of the style sheet that belongs to it. */
function manifestOf(metafile, entries) {
  const manifest = {};
  for (const [file, output] of Object.entries(metafile.outputs)) {
    const name = path.basename(file);
    const entry = output.entryPoint && Object.keys(entries).find((key) => name.startsWith(`${key}-`));
    if (!entry || !name.endsWith(".js")) continue;
    manifest[`${entry}.js`] = name;
    if (output.cssBundle) manifest[`${entry}.css`] = path.basename(output.cssBundle);
  }
  return manifest;
}

/** File name of a build's only style sheet. */
function styleOf(metafile) {
  return path.basename(Object.keys(metafile.outputs).find((file) => file.endsWith(".css")));
}

/** One line per output: its size as it is and as gzip sends it. */
async function printSizes(metafile) {
  for (const file of Object.keys(metafile.outputs).filter((name) => /\.(js|css)$/.test(name))) {
    const at = path.resolve(here, file);
    const [{ size }, packed] = [await stat(at), gzipSync(await readFile(at)).length];
    const inKb = (bytes) => `${(bytes / 1000).toFixed(0).padStart(6)} kB`;
    console.log(`${path.basename(file).padEnd(36)}${inKb(size)}  gzip${inKb(packed)}`);
  }
}

await rm(outdir, { recursive: true, force: true });
await mkdir(outdir, { recursive: true });
const worker = await build({ ...shared, entryPoints: WORKER });
const workerManifest = manifestOf(worker.metafile, WORKER);
const leaflet = await build({ ...shared, entryPoints: EXPORT, bundle: false, format: undefined });
const leafletStyle = await build({
  ...shared,
  entryPoints: { leaflet: "leaflet/dist/leaflet.css" },
  loader: { ".png": "dataurl" },
});
const exportManifest = { ...manifestOf(leaflet.metafile, EXPORT), "leaflet.css": styleOf(leafletStyle.metafile) };

const writeManifest = {
  name: "manifest",
  setup(builder) {
    builder.onEnd(async ({ errors, metafile }) => {
      if (errors.length) return;
      const manifest = { ...manifestOf(metafile, PAGES), ...workerManifest, ...exportManifest };
      await writeFile(path.join(outdir, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
      await printSizes(metafile);
    });
  },
};
const pages = await context({
  ...shared,
  entryPoints: PAGES,
  splitting: true,
  define: { MAPLIBRE_WORKER: JSON.stringify(workerManifest["maplibre-worker.js"]) },
  loader: { ".woff2": "file", ".png": "file", ".svg": "file" },
  plugins: [writeManifest],
});
if (process.argv.includes("--watch")) {
  await pages.watch();
} else {
  await pages.rebuild();
  await pages.dispose();
}
