// Words of the Int32Array that both threads see.

/** How much the worker has decoded: one a batch and one a mebibyte of it. */
export const CONSUMED = 0;
/** The sequence number of the last blocking request that was answered. */
export const DONE = 1;
/** 1 when the worker has ended. */
export const DEAD = 2;
export const CONTROL_WORDS = 3;

/** Before the bytes of an answer: its status, the length of an error's text, and two words of padding. */
export const SHARED_HEAD = 16;
