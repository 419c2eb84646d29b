import { defineConfig } from "vitest/config";
import { askedBeforehand } from "./asked_beforehand";
import { SHARED } from "./chunks";

export default defineConfig({
  plugins: [askedBeforehand()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "chrome120",
    // Nothing is inlined, so that a page works under a policy of `default-src 'self'`.
    assetsInlineLimit: 0,
    sourcemap: true,
    rollupOptions: {
      input: ["display.html", "console.html", "editor.html", "login.html", "status.html", "admin.html", "public.html", "wall.html"],
      output: { codeSplitting: { groups: [SHARED] } },
    },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
