/**
 * Starts a worker of this page, sends it a message, and ends it when it has answered.
 * @param {string | URL} file
 * @param {unknown} message
 * @param {(data: unknown, answer: (value: unknown) => void) => void} [heard] called with each message of the worker;
 *   the first one is the answer by default
 */
export async function askWorker(file, message, heard = (data, answer) => answer(data)) {
  const worker = new Worker(file, { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => heard(data, resolve);
      worker.onerror = (event) => reject(new Error(event.message || "the worker could not be started"));
      worker.postMessage(message);
    });
  } finally {
    worker.terminate();
  }
}
