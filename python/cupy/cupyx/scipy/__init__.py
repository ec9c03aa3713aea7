"""The parts of CuPy's ``cupyx.scipy`` that ndfuse has."""
