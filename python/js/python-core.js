/** Memory that is kept for what is handed over often: records, small arrays. */
const ROOM = 2 ** 16;

const DEVICE_CPU = 0;
const NO_MEMORY = 7; // of ndfuse_core_error, see python/core/ndfuse_core.h
const NO_ROOM = "the core has no memory left for what is copied to or from it";

/**
 * The core as Python calls it: the functions of python/core/ndfuse_core.h, without their prefix, taking and giving
 * numbers. Addresses are those of Pyodide's memory; elements are copied between it and the core's, or, where the device
 * takes them as they are, directly between it and the device. Functions that can fail give a code, and `error_text()` its
 * sentence. Those that end later give "" or "code sentence", or a promise of that when they have not ended yet.
 *
 * @param {Awaited<ReturnType<typeof import("../../shim/src/start.js").start>>} program the running core
 * @param {object} pyodide
 * @param {Map<number, (code: number) => void>} requests what is called when a request ends
 */
export function pythonCore(program, pyodide, requests) {
  const { module, lend, report } = program;
  const python = pyodide._module; // memories grow: its HEAPU8 and the core's are asked for each time
  const call = (name) => module[`_ndfuse_core_${name}`];
  const [allocate, upload, read, readLater, evaluate] = ["allocate", "upload", "read", "read_later", "evaluate"].map(
    call,
  );
  const [memory, free] = [call("memory"), call("free")];
  const room = memory(ROOM) >>> 0;
  const decoder = new TextDecoder();
  let failure = ""; // a sentence of this side, until the next call
  let [newest, newestOnGpu] = [0, false]; // the array that was allocated last
  let lastRequest = 0;
  const arriving = new Set(); // reads that have begun and not ended: {address, abandoned}

  const text = (pointer) => {
    const heap = module.HEAPU8;
    return decoder.decode(heap.subarray(pointer >>> 0, heap.indexOf(0, pointer >>> 0)));
  };
  const errorText = () => failure || text(call("error_text")());

  /** Calls f with the address of `bytes` bytes in the core's memory; gives its code. */
  const withMemory = (bytes, f) => {
    failure = "";
    if (bytes <= ROOM) return f(room);
    const pointer = memory(bytes) >>> 0;
    if (pointer === 0) return refuse();
    try {
      return f(pointer);
    } finally {
      free(pointer);
    }
  };
  const refuse = () => {
    failure = NO_ROOM;
    return NO_MEMORY;
  };
  const copyIn = (pointer, address, bytes) =>
    module.HEAPU8.set(python.HEAPU8.subarray(address, address + bytes), pointer);
  const copyOut = (address, pointer, bytes) =>
    python.HEAPU8.set(module.HEAPU8.subarray(pointer, pointer + bytes), address);
  const viewOf = (address, bytes) => () => python.HEAPU8.subarray(address, address + bytes);

  /**
   * Calls an export that takes the number of a request.
   * @returns {string | Promise<string>}
   */
  const later = (f) => {
    const request = (lastRequest = (lastRequest % 0x7fffffff) + 1);
    let ended = null;
    let tell = (outcome) => {
      ended = outcome;
    };
    requests.set(request, (code) => {
      requests.delete(request);
      tell(code === 0 ? "" : `${code} ${errorText()}`);
    });
    failure = "";
    const code = f(request);
    if (code !== 0) {
      requests.delete(request);
      return `${code} ${errorText()}`;
    }
    if (ended !== null) return ended;
    return new Promise((resolve) => {
      tell = resolve;
    });
  };

  return {
    /** What start() gave, for code of the page that shares the device. */
    program,
    version: call("version"),
    tables: () => text(call("tables")()),
    types: call("types"),
    result_type: call("result_type"),
    reduce_types: call("reduce_types"),
    scan_types: call("scan_types"),
    gpu: call("gpu"),
    device_text: (what) => text(call("device_text")(what)),
    error_text: errorText,
    /** Whether blocking calls cannot end here, because Python itself has to be suspended until a promise is settled. */
    suspends: report.waiting === "jspi",

    allocate: (handle, device, count, dtype) => {
      failure = "";
      newest = handle;
      newestOnGpu = device !== DEVICE_CPU;
      return allocate(handle, device, count, dtype);
    },

    upload: (handle, first, count, address, bytes) =>
      withMemory(bytes, (pointer) => {
        const put = () => upload(handle, first, count, pointer);
        // WebGL2 stores narrow elements in words; all others are the same on the GPU as here.
        const same = report.device === "webgpu" || bytes >= 4 * count;
        if (newestOnGpu && handle === newest && same) {
          let code = 0;
          lend(pointer, bytes, viewOf(address, bytes), () => {
            code = put();
          });
          return code;
        }
        copyIn(pointer, address, bytes);
        return put();
      }),

    read: (handle, first, count, address, bytes) =>
      withMemory(bytes, (pointer) => {
        let code = 0;
        const direct = lend(pointer, bytes, viewOf(address, bytes), () => {
          code = read(handle, first, count, pointer);
        });
        if (!direct && code === 0) copyOut(address, pointer, bytes);
        return code;
      }),

    read_later: (handle, first, count, address, bytes) => {
      failure = "";
      const pointer = memory(bytes) >>> 0;
      if (pointer === 0) return `${refuse()} ${NO_ROOM}`;
      let direct = false;
      const arrival = { address, abandoned: false };
      arriving.add(arrival);
      const view = viewOf(address, bytes);
      const end = (outcome) => {
        arriving.delete(arrival);
        if (!direct && !arrival.abandoned && outcome === "") copyOut(address, pointer, bytes);
        free(pointer);
        return outcome;
      };
      const outcome = later((request) => {
        let code = 0;
        direct = lend(
          pointer,
          bytes,
          () => (arrival.abandoned ? new Uint8Array(bytes) : view()),
          () => {
            code = readLater(handle, first, count, pointer, request);
          },
        );
        return code;
      });
      return typeof outcome === "string" ? end(outcome) : outcome.then(end);
    },

    /** Nobody waits any more for what was to be read to this address: its memory is somebody else's from now on. */
    abandon: (address) => {
      for (const arrival of arriving) arrival.abandoned ||= arrival.address === address;
    },

    release: call("release"),

    evaluate: (address, words) => {
      const bytes = words * 4;
      return withMemory(bytes, (pointer) => {
        copyIn(pointer, address, bytes);
        return evaluate(pointer, words);
      });
    },

    /** JSON, or "" after an error. */
    explain: (address, words) => {
      let json = "";
      withMemory(words * 4, (pointer) => {
        copyIn(pointer, address, words * 4);
        const answer = call("explain")(pointer, words);
        if (answer !== 0) json = text(answer);
        return 0;
      });
      return json;
    },

    flush: () => fresh("flush"),
    synchronize: () => fresh("synchronize"),
    synchronize_later: () => later((request) => call("synchronize_later")(request)),
    trim: () => fresh("trim"),
    reset: () => fresh("reset"),
    reset_later: () => later((request) => call("reset_later")(request)),

    /** Writes `count` doubles to `address`. */
    statistics: (address, count) => {
      call("statistics")(room, count);
      copyOut(address, room, count * 8);
    },
  };

  function fresh(name) {
    failure = "";
    return call(name)();
  }
}
