/** Status codes of every wait; C++ knows the same numbers. */
export const Status = Object.freeze({
  ok: 0,
  kernel_error: 1,
  validation: 2,
  out_of_memory: 3,
  device_lost: 4,
  timeout: 5,
  cannot_block: 6,
  /** The wait has begun: `ndfuse_suspend` gives its status. */
  suspend: 7,
});

/** What a read, a warm-up or a synchronisation rejects with: a status and a sentence. */
export class DeviceError extends Error {
  /**
   * @param {number} status one of `Status`
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.name = "DeviceError";
    this.status = status;
  }
}

/**
 * A kernel that the device refused: its name, what the compiler said, and its text with line numbers.
 * @param {string} name
 * @param {string} text
 * @param {string} reason what to say where the compiler gave no messages
 * @param {Iterable<{type: string, lineNum: number, linePos?: number, message: string}>} messages
 */
export function kernelError(name, text, reason, messages = []) {
  const said = [...messages].map(({ lineNum, linePos, type, message }) => {
    return `${lineNum}${linePos === undefined ? "" : `:${linePos}`} ${type}: ${message}`;
  });
  const lines = text.split("\n").map((line, i) => `${String(i + 1).padStart(4)} | ${line}`);
  const why = said.length > 0 ? said.join("\n") : reason.trim();
  const error = new DeviceError(
    Status.kernel_error,
    `kernel "${name}" was refused by the device:\n${why}\n${lines.join("\n")}`,
  );
  error.kernel = name;
  return error;
}
