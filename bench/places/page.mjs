// The page that does what bench/run.mjs asks it for.
import { answer } from "../session.mjs";

const peers = new URL("../peers/node_modules/", import.meta.url).href;
const libraries = {
  async tensorflow({ backend }) {
    await import(`${peers}@tensorflow/tfjs/dist/tf.min.js`);
    if (backend === "webgpu") await import(`${peers}@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js`);
    return globalThis.tf;
  },
  jax: () => import(`${peers}@jax-js/jax/dist/index.js`),
};

globalThis.answer = (request) => answer(request, libraries);
document.body.dataset.ready = "";
