import { defineConfig } from "vite";

const here = (name: string): string => new URL(name, import.meta.url).pathname;

// The players of other people that the tests open in a browser: no part of the product.
export default defineConfig({
  root: here("."),
  base: "./",
  build: { target: "chrome120", rollupOptions: { input: [here("eyevinn.html")] } },
});
