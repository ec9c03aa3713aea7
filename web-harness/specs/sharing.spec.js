import { test as base, expect, visit } from "./harness.js";

/** Runs one of the functions of pages/sharing.js. */
const test = base.extend({
  sharing: async ({ displayed, site }, use) => {
    const page = await displayed.newPage();
    await use(async (name, ...args) => {
      await visit(page, `${site}sharing.html`);
      return page.evaluate(([f, rest]) => globalThis[f](...rest), [name, args]);
    });
    await page.close();
  },
});

for (const options of [{ device: "webgpu" }, { device: "webgl" }, { device: "cpu" }]) {
  const { device } = options;
  // The page's thread drives the GPU: a canvas is its own.
  const local = { ...options, ...(device === "cpu" ? {} : { threads: "local" }) };

  test(`numbers are drawn in colours on ${device}`, async ({ sharing }) => {
    const { lines, pictures, report } = await sharing("draw", local, [["draw_numbers", 1, 0]], ["numbers", "flipped"]);
    expect(lines).toEqual([]);
    expect(report.device).toBe(device);
    const rows = pictures.numbers;
    expect([rows.length, rows[0].length]).toEqual([5, 70]);
    expect(rows[0][0]).toEqual([68, 1, 84, 255]); // viridis
    expect(rows[2][35]).toEqual([33, 145, 140, 255]); // 175 of 349: colour 128
    expect(rows[4][69]).toEqual([253, 231, 37, 255]);
    expect(rows[0][3]).toEqual([0, 0, 0, 0]); // NaN is transparent
    expect(pictures.flipped).toEqual([...rows].reverse());
  });

  test(`limits are kept on ${device}`, async ({ sharing }) => {
    const { pictures } = await sharing("draw", local, [["draw_numbers", 0, 1]], ["numbers"]);
    const grey = (k) => pictures.numbers[Math.floor(k / 70)][k % 70][0];
    expect([grey(0), grey(100), grey(150), grey(200), grey(349)]).toEqual([0, 0, 128, 255, 255]);
    for (let k = 101; k < 200; k++) expect(Math.abs(grey(k) - Math.floor((k - 100) * 2.56))).toBeLessThanOrEqual(1);
  });

  test(`images of three and four channels are drawn on ${device}`, async ({ sharing }) => {
    const { lines, pictures } = await sharing("draw", local, [["draw_images"]], ["bytes", "floats"]);
    expect(lines).toEqual([]);
    expect(pictures.bytes).toEqual([
      [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]],
      [[1, 2, 3, 255], [128, 127, 126, 255], [250, 251, 252, 255]],
    ]); // biome-ignore format: a row a row
    expect(pictures.floats).toEqual([
      [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]],
      [[0, 128, 0, 255], [0, 0, 0, 0], [51, 102, 153, 255]],
    ]); // biome-ignore format: a row a row
  });

  test(`what cannot be drawn is refused with a sentence on ${device}`, async ({ sharing }) => {
    const { lines } = await sharing("draw", local, [["draw_wrong"]], []);
    expect(lines[0]).toBe('there is no canvas "#nothing"');
    expect(lines[1]).toBe('"body" is no canvas');
    expect(lines[2]).toMatch(/^the canvas has a context of another kind than "2d"/);
    expect(lines[3]).toBe("draw needs (rows, columns), (rows, columns, 3) or (rows, columns, 4), not (3,)");
    expect(lines[4]).toBe("draw needs (rows, columns), (rows, columns, 3) or (rows, columns, 4), not (2,3,5)");
    expect(lines[5]).toBe("a picture has 1 to 16384 rows and columns, not (0,3)");
  });
}

test("the page and the program share a device and buffers", async ({ sharing }) => {
  const found = await sharing("share");
  expect(found.report.reason).toBe("the page's device");
  const ramp = Array.from({ length: 16 }, (_, k) => k);
  expect(found.same).toBe(true);
  expect(found.doubled).toEqual(ramp.map((v) => (v < 6 ? 2 * v : v))); // what is behind the array stays
  expect(found.added).toEqual([101, 3, 5, 7, 9, 11, ...ramp.slice(6)]);
  expect(found.handed).toEqual(ramp.slice(0, 8).map((v) => v + 0.5));
  expect(found.twice).toMatch(/it was taken in already$/);
  expect(found.usage).toMatch(/it needs the usages STORAGE, COPY_SRC and COPY_DST$/);
  expect(found.size).toMatch(/its 20 bytes are no multiple of 16$/);
  expect(found.unknown).toBe("the program has no buffer 4711");
  expect(found.alive).toBe(4);
  expect(found.lines).toEqual([
    expect.stringMatching(/^the GPUBuffer \d+ is an array's already$/),
    "the page has handed in no GPUBuffer 12345",
  ]);
});

test("a GPU in a worker is not shared, and the program is told why", async ({ sharing }) => {
  const found = await sharing("refuse", { device: "webgpu", threads: "worker", waiting: "none" });
  const why = /the GPU is driven by a worker, which cannot share it; start with threads: "local"$/;
  expect(found.adopt).toMatch(why);
  expect(found.bufferOf).toMatch(why);
  expect(found.lines[0]).toMatch(why);
});

test("devices without GPUBuffers refuse to share them", async ({ sharing }) => {
  const found = await sharing("refuse", { device: "cpu" });
  expect(found.adopt).toBe("cannot take in a GPUBuffer: the program runs on the cpu device, not on webgpu");
  expect(found.lines).toEqual(["cannot hand out a GPUBuffer: the array lives on the cpu device, not on webgpu"]);
});
