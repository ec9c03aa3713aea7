// Draws a report's shares; here, beside the packages that it needs.
import * as vega from "vega";
import { compile } from "vega-lite";

/**
 * An SVG of each contender's share of what the machine can do, a row for each case.
 * @param {string} title
 * @param {{case: string, contender: string, share: number}[]} values
 * @param {string[]} contenders in order
 * @returns {Promise<string>}
 */
export async function plot(title, values, contenders) {
  const order = [...new Set(values.map((value) => value.case))];
  const specification = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title,
    background: "white",
    width: 560,
    height: { step: 22 },
    data: { values },
    mark: { type: "point", filled: true, size: 90, opacity: 0.85 },
    encoding: {
      y: { field: "case", type: "nominal", sort: order, title: null, axis: { grid: true, labelLimit: 320 } },
      x: {
        field: "share",
        type: "quantitative",
        scale: { type: "log" },
        axis: {
          format: "~%",
          title: "share of the machine's copy bandwidth, fma peak, or of the kernel written by hand",
        },
      },
      color: { field: "contender", type: "nominal", sort: contenders, title: null, legend: { labelLimit: 320 } },
      shape: { field: "contender", type: "nominal", sort: contenders, title: null },
    },
  };
  const view = new vega.View(vega.parse(compile(specification).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
