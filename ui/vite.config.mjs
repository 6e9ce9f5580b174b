import { defineConfig } from 'vite';

// Every page is an entry; the box serves the result under /ui/ and each page at its own address.
export default defineConfig({
  base: '/ui/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../src/paybooth/_ui',
    emptyOutDir: true,
    target: 'chrome120',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: [
        'kiosk/index.html',
        'gallery/index.html',
        'gate/index.html',
        'console/index.html',
        'gallery/console.html',
        'mirror/index.html',
        'bench/index.html',
        'lab/index.html',
        'lab/phone/index.html',
      ],
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8800', '/ws': { target: 'ws://127.0.0.1:8800', ws: true } } },
});
