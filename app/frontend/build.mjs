// Builds src/*.ts entries and the styles into ../static/dist with hashed names, and manifest.json beside them.
// The manifest maps the plain name ("map.js") to the hashed one ("map-4F2K7Q3A.js"). A site may be served
// meanwhile: new files come first, then the manifest in one move, and only then the old files go.
import { access, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, context } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const outdir = path.resolve(here, "../static/dist");
const MANIFEST = "manifest.json";

// MapLibre 6 starts its worker from a URL of our own origin, so that no blob: is needed in the CSP. It is
// built first: the pages' scripts carry its hashed name.
const WORKER = { "maplibre-worker": "maplibre-gl/dist/maplibre-gl-worker.mjs" };
// Not for our own pages: a map exported as one file carries Leaflet inside, which folium expects as a plain script.
const EXPORT = { leaflet: "leaflet/dist/leaflet.js" };
const PAGES = {
  site: "src/site.ts",
  map: "src/map.ts",
  comparison: "src/comparison.ts",
  charts: "src/charts.ts",
  candidates: "src/candidates.ts",
  assessment: "src/assessment.ts",
};

const shared = {
  absWorkingDir: here,
  outdir,
  write: false,
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

/** Writes a file so that nobody ever reads half of it. */
async function place(file, contents) {
  const unfinished = `${file}.${process.pid}.part`;
  await writeFile(unfinished, contents);
  await rename(unfinished, file);
}

/** Hashed names tell their content: a file that is there already is the same. */
async function placeMissing({ path: file, contents }) {
  await access(file).catch(() => place(file, contents));
}

async function publish(files, manifest) {
  await Promise.all(files.map(placeMissing));
  await place(path.join(outdir, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  const current = new Set([MANIFEST, ...files.map((file) => path.basename(file.path))]);
  const old = (await readdir(outdir)).filter((name) => !current.has(name));
  await Promise.all(old.map((name) => rm(path.join(outdir, name), { recursive: true, force: true })));
}

/** One line per output: its size as it is and as gzip sends it. */
function printSizes(files) {
  const inKb = (bytes) => `${(bytes / 1000).toFixed(0).padStart(6)} kB`;
  for (const { path: file, contents } of files.filter(({ path: name }) => /\.(js|css)$/.test(name))) {
    console.log(`${path.basename(file).padEnd(36)}${inKb(contents.length)}  gzip${inKb(gzipSync(contents).length)}`);
  }
}

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

const publishAll = {
  name: "publish",
  setup(builder) {
    builder.onEnd(async ({ errors, metafile, outputFiles }) => {
      if (errors.length) return;
      const others = [worker, leaflet, leafletStyle].flatMap((result) => result.outputFiles);
      const manifest = { ...manifestOf(metafile, PAGES), ...workerManifest, ...exportManifest };
      await publish([...outputFiles, ...others], manifest);
      printSizes(outputFiles);
    });
  },
};
const pages = await context({
  ...shared,
  entryPoints: PAGES,
  splitting: true,
  define: { MAPLIBRE_WORKER: JSON.stringify(workerManifest["maplibre-worker.js"]) },
  loader: { ".woff2": "file", ".png": "file", ".svg": "file" },
  plugins: [publishAll],
});
if (process.argv.includes("--watch")) {
  await pages.watch();
} else {
  await pages.rebuild();
  await pages.dispose();
}
