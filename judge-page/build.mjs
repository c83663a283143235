// Bundles the program for Node and the page for a browser: node build.mjs

import { build } from "esbuild";

const common = { bundle: true, format: "esm", target: "es2022", legalComments: "none", logLevel: "warning" };

await build({ ...common, entryPoints: ["src/cli.ts"], platform: "node", outfile: "dist/cli.js" });
