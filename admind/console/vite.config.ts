import vue from '@vitejs/plugin-vue'
import elementPlus from 'unplugin-element-plus/vite'
import { defineConfig } from 'vite'

export default defineConfig({
  base: './',
  experimental: {
    // The page stands at many addresses and names what it loads from the root: the daemon may put a
    // front's path before that. Whatever is loaded finds the rest from where it lies itself.
    renderBuiltUrl: (file, { hostType }) =>
      hostType === 'html' ? `/console/${file}` : { relative: true },
  },
  plugins: [vue(), elementPlus({})],
  resolve: { alias: { '@': new URL('./src', import.meta.url).pathname } },
  // The Content-Security-Policy knows neither eval nor data: addresses but for images.
  define: { __INTLIFY_JIT_COMPILATION__: true, __VUE_OPTIONS_API__: true },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    // One file: a style sheet that a part failed to load would not be asked for again with it.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json', // for first-load.mjs, which takes it away again
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600, // ECharts, which comes after the page it is on
    rollupOptions: {
      output: {
        // What changes seldom, apart from the pages: a new version of the console then costs a
        // returning visitor little.
        manualChunks: (id) =>
          /node_modules\/(vue|@vue|vue-router|vue-i18n|@intlify)\//.test(id) ? 'vue' : undefined,
      },
    },
  },
  server: { proxy: { '/api': process.env.MMX_CONSOLE_API ?? 'http://127.0.0.1:8790' } },
})
