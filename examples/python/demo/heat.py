"""Heat spreads over a plate: 500 explicit steps of the heat equation over slices of the plate."""

import sys

import ndfuse as np
from report import Report

SIZE, STEPS = 512, 500
RATE = 0.2  # time step times conductivity over spacing squared; stable up to 1/4


def plate():
    """A disc of hot and cold squares on a cold plate."""
    x = np.arange(SIZE) - SIZE // 2
    y = x[:, None]
    hot = (((x >> 6) ^ (y >> 6)) % 2 == 1) & (x * x + y * y < 57600)
    return np.where(hot, 1.0, 0.0)


def spread():
    """The plate after all steps: each inner point moves towards the mean of its four neighbours."""
    u = plate()
    for _ in range(STEPS):
        centre = u[1:-1, 1:-1]
        u[1:-1, 1:-1] = centre + RATE * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * centre)
    return u


if __name__ == "__main__":
    report = Report("heat", sys.argv[1])
    u = report.run("steps", spread)
    report.number("sum", u.sum())
    report.number("max", u.max())
    report.finish()
