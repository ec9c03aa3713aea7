// The command stream: u32 words; the first word of a command is `opcode | words << 8`, where `words` counts that word
// too. Sizes and offsets of buffers are two words, low first. README.md describes each command.
export const CREATE_BUFFER = 1;
export const DESTROY_BUFFER = 2;
export const WRITE_BUFFER = 3;
export const DISPATCH = 4;
export const COPY_BUFFER = 5;
export const FILL_BUFFER = 6;
export const RENEW_BUFFER = 7;
/** WebGL's dispatch. */
export const DRAW = 8;

/** Keeps launches under a number. */
export const CAPTURE = 9;
/** Runs them. */
export const REPLAY = 10;
export const FORGET = 11;

/** Begins a candidate in a trial's words; in no batch. */
export const CANDIDATE = 12;

/** The number in words `at` (low) and `at + 1` (high). */
export const wide = (words, at) => words[at] + words[at + 1] * 2 ** 32;

/** Words before the buffer ids of a dispatch. */
export const DISPATCH_HEAD = 8;
/** Words before the buffer ids of a draw. */
export const DRAW_HEAD = 9;

/**
 * What the CAPTURE at word `at` keeps: its launches, and their parameters (offsets in the launches begin there).
 * @param {Uint32Array} words of a batch
 * @returns {{id: number, words: Uint32Array, params: Uint8Array}} copies
 */
export function captureAt(words, at) {
  const end = at + (words[at] >>> 8);
  const from = at + 3 + words[at + 2];
  if (!(from <= end)) throw new Error(`a capture of ${words[at + 2]} words in a command of ${words[at] >>> 8}`);
  return { id: words[at + 1], words: words.slice(at + 3, from), params: new Uint8Array(words.slice(from, end).buffer) };
}

/** Calls `f(opcode, at)` for each command. */
export function eachCommand(words, f) {
  for (let at = 0; at < words.length; ) {
    const count = words[at] >>> 8;
    if (count === 0 || at + count > words.length) {
      throw new Error(`the command at word ${at} says that it has ${count} words, ${words.length - at} are left`);
    }
    f(words[at] & 255, at);
    at += count;
  }
}
