"""Pictures of the examples' results.

python examples/pictures.py FOLDER OUT    one row of all, from the raw files in FOLDER (the picture in the README)
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

NIGHT = [(0, 0, 24), (24, 44, 120), (60, 140, 210), (240, 250, 255), (255, 190, 60), (150, 50, 20), (40, 8, 20)]
EMBER = [(8, 6, 24), (70, 12, 92), (160, 36, 88), (232, 92, 48), (252, 180, 44), (255, 250, 200)]
MEADOW = [(20, 28, 60), (28, 84, 120), (36, 140, 128), (110, 190, 96), (244, 232, 120)]
TIDE = [(12, 40, 80), (50, 120, 170), (236, 240, 240), (210, 110, 70), (90, 20, 40)]


def coloured(values, palette):
    """Values between 0 and 1 along a palette."""
    stops = np.linspace(0, 1, len(palette))
    channels = [np.interp(values, stops, channel) for channel in np.array(palette).T]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def mandelbrot(counts):
    inside = counts >= counts.max()
    pixels = coloured(np.log(np.maximum(counts, 1)) / np.log(500), NIGHT)
    pixels[inside] = 0
    return Image.fromarray(pixels)


def heat(plate):
    return Image.fromarray(coloured(plate, EMBER))


def black_scholes(price):
    """Lighter is dearer; a line at every 5 units."""
    pixels = coloured(price / price.max(), MEADOW)
    steps = np.floor(price / 5)
    edge = np.zeros(price.shape, bool)
    edge[1:] |= steps[1:] != steps[:-1]
    edge[:, 1:] |= steps[:, 1:] != steps[:, :-1]
    pixels[edge] = pixels[edge] // 3 * 2
    return Image.fromarray(pixels)


def matmul(product):
    limit = 3 * product.std()
    return Image.fromarray(coloured((product / limit + 1) / 2, TIDE))


def montage(folder):
    side, gap = 400, 8
    results = [
        ("mandelbrot.lambda", mandelbrot),
        ("heat.steps", heat),
        ("black_scholes.price", black_scholes),
        ("matmul.product", matmul),
    ]
    whole = Image.new("RGBA", (len(results) * (side + gap) - gap, side))
    for k, (name, picture) in enumerate(results):
        values = np.fromfile(folder / f"{name}.raw", np.float32)
        n = int(len(values) ** 0.5)
        tile = picture(values.reshape(n, n)).resize((side, side), Image.Resampling.LANCZOS)
        whole.paste(tile, (k * (side + gap), 0))
    return whole


if __name__ == "__main__":
    montage(Path(sys.argv[1])).save(sys.argv[2])
